import type { After, BookingFilter, BookingView, EventFilter, EventView, Shown } from '../../application/ports.js';
import type { Page } from '../../application/queries/list-events.js';
import type { BookingReceipt } from '../../application/receipts.js';
import type { Filters } from './cursor.js';
import { textOf } from '../instant.js';
import type { Format } from './tellings.js';

/** What a reader sees, in this order, whatever else the read model knows. */
export const EVENT_FIELDS = [
  ...(['eventId', 'title', 'startsAt', 'endsAt', 'timeZone', 'resource', 'capacity'] as const),
  ...(['seatsTaken', 'seatsHeld', 'seatsFree', 'waiting', 'isBooked', 'status', 'revision'] as const),
  ...(['holdSeconds', 'offerSeconds', 'salesOpenAt', 'salesCloseAt', 'cancelUntil'] as const),
  ...(['maxSeatsPerBooking', 'waitlistLimit'] as const),
] satisfies readonly (keyof EventView)[];

export const RECEIPT_FIELDS = [
  ...(['bookingId', 'eventId', 'userId', 'seats', 'status', 'reference', 'expiresAt', 'offer'] as const),
  ...(['createdAt', 'updatedAt', 'endedReason', 'revision'] as const),
] satisfies readonly (keyof BookingReceipt)[];

export const BOOKING_FIELDS = [...RECEIPT_FIELDS, 'waitlistPosition'] as const satisfies readonly (keyof BookingView)[];

/** A list of the read model: its name in the path, the fields of an item, and its filter as a query string says it. */
export interface List<Item, Filter> {
  readonly list: 'events' | 'bookings';
  readonly fields: readonly (keyof Item & string)[];
  readonly filtersOf: (filter: Filter) => Filters;
}

export const EVENTS: List<EventView, EventFilter> = {
  list: 'events',
  fields: EVENT_FIELDS,
  filtersOf: ({ from, to, resource, available, status }) => ({
    ...(from === undefined ? {} : { from: textOf(from) }),
    ...(to === undefined ? {} : { to: textOf(to) }),
    ...(resource === undefined ? {} : { resource }),
    ...(available === undefined ? {} : { available: String(available) }),
    ...(status === undefined ? {} : { status }),
  }),
};

export const BOOKINGS: List<BookingView, BookingFilter> = {
  list: 'bookings',
  fields: BOOKING_FIELDS,
  filtersOf: (filter) => ({ ...filter }),
};

/** A query for a page, and the one for the page after it. */
export interface ListQuery<Filter, Query> {
  beyond(after: After, filter: Filter, token: string): Query;
}

/** What somebody wants of a list, and in which form. */
export interface ListAsked<Query> {
  readonly query: Query;
  readonly format: Format;
  /** Items on a page; null: all there are. */
  readonly limit: number | null;
}

/** The items of one page after another. The next one is read when somebody wants it; memory holds one. */
export async function* pagesOf<Item, Filter>(
  first: Page<Item, Filter>,
  ask: (after: After) => Promise<Shown<Page<Item, Filter>>>,
): AsyncGenerator<readonly Item[]> {
  let page = first;
  yield page.items;
  while (page.next !== null) {
    page = (await ask(page.next)).value;
    yield page.items;
  }
}
