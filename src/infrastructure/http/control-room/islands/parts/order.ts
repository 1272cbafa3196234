import type { Row } from './rows.js';

export const SORTS = {
  starts: 'when they start',
  full: 'fullest first',
  free: 'most free places first',
  waiting: 'longest line first',
  title: 'by title',
} as const;
export type Sort = keyof typeof SORTS;

const share = ({ seatsTaken, capacity }: Row): number => (capacity === 0 ? 1 : seatsTaken / capacity);
const free = ({ seatsTaken, capacity }: Row): number => capacity - seatsTaken;
const byStart = (a: Row, b: Row): number =>
  a.startsAt < b.startsAt ? -1 : a.startsAt > b.startsAt ? 1 : a.eventId < b.eventId ? -1 : 1;

const COMPARE: Readonly<Record<Sort, (a: Row, b: Row) => number>> = {
  starts: byStart,
  full: (a, b) => share(b) - share(a) || byStart(a, b),
  free: (a, b) => free(b) - free(a) || byStart(a, b),
  waiting: (a, b) => b.waiting - a.waiting || share(b) - share(a) || byStart(a, b),
  title: (a, b) => a.title.localeCompare(b.title) || byStart(a, b),
};

/** The ids of the rows that have a text in title, id or resource, in an order. */
export function ordered(rows: Iterable<Row>, text: string, sort: Sort): string[] {
  const wanted = text.trim().toLowerCase();
  const has = (value: string | null): boolean => value !== null && value.toLowerCase().includes(wanted);
  const found = [...rows].filter(
    ({ title, eventId, resource }) => wanted === '' || has(title) || has(eventId) || has(resource),
  );
  return found.sort(COMPARE[sort]).map(({ eventId }) => eventId);
}
