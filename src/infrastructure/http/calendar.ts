import type { CalendarEntry, Occasion } from '../../application/ports.js';
import type { BookingStatus } from '../../domain/booking/events.js';
import { calendarOf, instantValue, textValue, type Property } from './icalendar.js';
import { textOf } from '../instant.js';

/** An entry for people's calendars. The same `uid` with a higher `revision` takes the place of what was there before. */
export interface Calendar {
  readonly uid: string;
  readonly revision: number;
  readonly method: 'PUBLISH' | 'CANCEL';
  /** Of letters, digits, "_", "-" and ".". */
  readonly fileName: string;
  /** RFC 5545. */
  readonly text: string;
}

type Standing = 'CONFIRMED' | 'TENTATIVE' | 'CANCELLED';

/** A turn in the line and a hold may come to nothing. */
const STANDINGS: Readonly<Record<BookingStatus, Standing>> = {
  waitlisted: 'TENTATIVE',
  held: 'TENTATIVE',
  confirmed: 'CONFIRMED',
  cancelled: 'CANCELLED',
  expired: 'CANCELLED',
};

export function calendarOfEvent(event: Occasion): Calendar {
  const standing = event.status === 'cancelled' ? 'CANCELLED' : 'CONFIRMED';
  return entryOf(`event-${event.eventId}`, event, standing, [], []);
}

export function calendarOfBooking({ event, booking }: CalendarEntry): Calendar {
  const { bookingId, seats, status, reference, expiresAt, createdAt } = booking;
  const standing = event.status === 'cancelled' ? 'CANCELLED' : STANDINGS[status];
  const takesTime = standing !== 'CANCELLED' && status !== 'waitlisted';
  const until = expiresAt === null ? '' : ` until ${textOf(expiresAt)}`;
  const about = [
    ...[`Booking: ${bookingId}`, `Status: ${status}${until}`, `Seats: ${seats}`],
    ...(reference === null ? [] : [`Reference: ${reference}`]),
  ];
  const more: Property[] = [
    ['CREATED', instantValue(createdAt)],
    ['TRANSP', takesTime ? 'OPAQUE' : 'TRANSPARENT'],
  ];
  return entryOf(`booking-${bookingId}`, event, standing, about, more);
}

/**
 * Instants in UTC, for that is what the log has: no rule of a time zone is needed to read them, and the calendar shows
 * them by its own. The end is left out where it is open, or within the second of the start.
 */
function entryOf(
  name: string,
  { title, startsAt, endsAt, timeZone, resource, updatedAt, revision }: Occasion,
  standing: Standing,
  about: readonly string[],
  more: readonly Property[],
): Calendar {
  const uid = `${name}@holdfast`;
  const method = standing === 'CANCELLED' ? 'CANCEL' : 'PUBLISH';
  const [starts, ends] = [instantValue(startsAt), endsAt === null ? null : instantValue(endsAt)];
  const description = [...about, `Time zone: ${timeZone}`].join('\n');
  const text = calendarOf(method, [
    ['UID', uid],
    ['SEQUENCE', String(revision)],
    ['DTSTAMP', instantValue(updatedAt)],
    ['LAST-MODIFIED', instantValue(updatedAt)],
    ['DTSTART', starts],
    ...(ends === null || ends === starts ? [] : ([['DTEND', ends]] as const)),
    ['SUMMARY', textValue(title)],
    ...(resource === null ? [] : ([['LOCATION', textValue(resource)]] as const)),
    ['DESCRIPTION', textValue(description)],
    ['STATUS', standing],
    ...more,
  ]);
  return { uid, revision, method, fileName: `${name}.ics`, text };
}
