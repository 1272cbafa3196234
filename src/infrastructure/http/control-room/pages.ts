import type { Page } from './page.js';

/** The front page: signs in, and from there on leads to the first page. */
export const FRONT = '/control-room';

/** Every page of the control room, in the order of its navigation. */
export const PAGES: readonly Page[] = [
  { path: `${FRONT}/events`, label: 'Events', open: async () => (await import('./pages/events.js')).showEvents },
  {
    path: `${FRONT}/rehearsal`,
    label: 'Rehearsal',
    open: async () => (await import('./pages/rehearsal.js')).showRehearsal,
  },
  { path: `${FRONT}/events/:eventId`, label: null, open: async () => (await import('./pages/event.js')).showEvent },
];
