import type { After } from '../../application/ports.js';
import { isInstant } from '../instant.js';
import { RULES } from './fields.js';
import { invalid } from './problems.js';

/** A list's filters in the form of a query string. */
export type Filters = Readonly<Record<string, string>>;

/** Where a page begins. Opaque to clients; it carries the filters, so that no page is of another list. */
export interface Cursor {
  readonly list: 'events' | 'bookings' | 'history' | 'refusals' | 'webhooks' | 'deliveries';
  readonly filters: Filters;
  readonly after: After;
  /** The position that the page before has shown: the next one shows it too, whichever process answers. */
  readonly token: string;
}

/** Lists in the order of time; the others are in that of one stream, or of the log. */
const BY_TIME: readonly Cursor['list'][] = ['events', 'bookings', 'refusals', 'webhooks'];

export function cursorText({ list, filters, after, token }: Cursor): string {
  return Buffer.from(JSON.stringify([list, filters, after.at, after.id, token])).toString('base64url');
}

/** Throws 400 for anything but a cursor of this list. */
export function cursorIn(text: string, list: Cursor['list']): Cursor {
  const refused = invalid({ pointer: '/cursor', expected: RULES.cursor.expected });
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw refused;
  }
  if (!Array.isArray(parts) || parts.length !== 5 || parts[0] !== list) throw refused;
  const [, filters, at, id, token] = parts as [unknown, unknown, unknown, unknown, unknown];
  if (!isFilters(filters) || !isPlaceIn(list, at)) throw refused;
  // A list ends in the id of a resource, whichever it is.
  if (typeof id !== 'string' || !RULES.eventId.test(id) || typeof token !== 'string') throw refused;
  return { list, filters, after: { at, id }, token };
}

/** Whoever wrote the cursor: instants beyond those of the house have no text that the tables take. */
const isPlaceIn = (list: Cursor['list'], at: unknown): at is number =>
  BY_TIME.includes(list) ? isInstant(at) : Number.isSafeInteger(at);

const isFilters = (value: unknown): value is Filters =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((filter) => typeof filter === 'string');
