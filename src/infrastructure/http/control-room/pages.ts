import type { Page } from './page.js';

/** The front page: signs in, and from there on leads to the first page. */
export const FRONT = '/control-room';

/** Every page of the control room, in the order of its navigation. */
export const PAGES: readonly Page[] = [
  { path: `${FRONT}/events`, label: 'Events', open: async () => (await import('./pages/events.js')).showEvents },
  { path: `${FRONT}/events/:eventId`, label: null, open: async () => (await import('./pages/event.js')).showEvent },
  { path: `${FRONT}/feed`, label: 'Feed', open: async () => (await import('./pages/feed.js')).showFeed },
  {
    path: `${FRONT}/projectors`,
    label: 'Projectors',
    open: async () => (await import('./pages/projectors.js')).showProjectors,
  },
  {
    path: `${FRONT}/rehearsal`,
    label: 'Rehearsal',
    open: async () => (await import('./pages/rehearsal.js')).showRehearsal,
  },
];
