/** Words and shapes that templates use; `h` in templates. */
export { pathsOf } from './shared/chart.js';
export { drawingOf, placesText } from './shared/places.js';

const WHEN = new Map<string, Intl.DateTimeFormat>();

/** An instant as people say it, in a zone that the event is meant for. */
export function when(instant: number, timeZone = 'UTC'): string {
  let format = WHEN.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone });
    WHEN.set(timeZone, format);
  }
  return format.format(instant);
}

export const iso = (instant: number): string => new Date(instant).toISOString();
