/** Words and shapes that templates use; `h` in templates. */
export { pathsOf } from './shared/chart.js';
export { drawingOf, placesText } from './shared/places.js';
export { byWhom, instantText, kindOf, said, whoseSeats } from './shared/said.js';
export { agoText, clockText, laneOf, lagText, stepText, timeText } from './shared/standing.js';

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

/** Milliseconds as people read them; none: a dash. */
export const ms = (value: number | null): string =>
  value === null ? '–' : value < 10 ? `${value.toFixed(1)} ms` : `${number(Math.round(value))} ms`;

export const number = (value: number): string => value.toLocaleString('en-GB');

/** A code such as `sold-out` in words. */
export const spoken = (code: string): string => code.replaceAll('-', ' ');

export const iso = (instant: number): string => new Date(instant).toISOString();
