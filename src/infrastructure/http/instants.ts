import type { Instant } from '../../domain/booking/events.js';
import { isInstant } from '../instant.js';

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * The instant that an RFC 3339 text names; below a millisecond it is cut off. Null for anything else: no offset, a day
 * that the calendar does not have, a leap second, a year outside 2000-9998 (UTC).
 */
export function instantIn(text: string): Instant | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = match.slice(7);
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;
  const local = Date.UTC(year, month - 1, day, hour, minute, second, Number(fraction.slice(0, 3).padEnd(3, '0')));
  const date = new Date(local);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || date.getUTCFullYear() !== year) return null;
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  const instant = sign === '-' ? local + offsetMs : local - offsetMs;
  return isInstant(instant) ? instant : null;
}

/** An instant in a field that has been checked. */
export function instantOf(text: string): Instant {
  const instant = instantIn(text);
  if (instant === null) throw new Error('a field that was not checked');
  return instant;
}
