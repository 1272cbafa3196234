import type { Instant } from '../domain/booking/events.js';

/**
 * Instants as text, `2027-03-01T18:00:00.000Z`, and back. `Date` does the calendar, once a day: the days are kept, since
 * the log names the same few again and again, and every record carries two to four instants.
 */
const DAY_MS = 86_400_000;
const DAYS_KEPT = 4_096;
const textOfDay = new Map<number, string>();
const dayOfText = new Map<string, number>();

/** The bounds of the house, so that the text always has the same form: the UTC years 2000 to 9998, as 1970 + days. */
export const FIRST_INSTANT: Instant = 946_684_800_000;
export const LAST_INSTANT: Instant = 253_370_764_799_999;

export const isInstant = (value: unknown): value is Instant =>
  Number.isInteger(value) && (value as number) >= FIRST_INSTANT && (value as number) <= LAST_INSTANT;

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

/** `instant` lies within the bounds (see isInstant); below a millisecond it is cut off. */
export function textOf(instant: Instant): string {
  const day = Math.floor(instant / DAY_MS);
  const ms = Math.floor(instant) - day * DAY_MS;
  const seconds = Math.floor(ms / 1_000);
  const rest = ms - seconds * 1_000;
  const thousandths = rest < 10 ? `00${rest}` : rest < 100 ? `0${rest}` : `${rest}`;
  const hour = twoDigits[Math.floor(seconds / 3_600)];
  const minute = twoDigits[Math.floor(seconds / 60) % 60];
  return `${dayText(day)}${hour}:${minute}:${twoDigits[seconds % 60]}.${thousandths}Z`;
}

/** The instant in a stored text; null for any other form, and for a day or time that is in no calendar. */
export function instantIn(text: unknown): Instant | null {
  if (typeof text !== 'string' || text.length !== 24) return null;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const ms = digits(text, 20, 3);
  if (text[13] !== ':' || text[16] !== ':' || text[19] !== '.' || text[23] !== 'Z') return null;
  if (!(hour < 24 && minute < 60 && second < 60 && ms < 1_000)) return null;
  const day = dayMs(text.slice(0, 11));
  return day === null ? null : day + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms;
}

/** NaN when one of them is no digit. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

function dayText(day: number): string {
  const known = textOfDay.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * DAY_MS).toISOString().slice(0, 11);
  if (textOfDay.size >= DAYS_KEPT) textOfDay.clear();
  textOfDay.set(day, text);
  return text;
}

function dayMs(text: string): number | null {
  const known = dayOfText.get(text);
  if (known !== undefined) return known;
  const ms = Date.parse(`${text}00:00:00.000Z`);
  // The 30th of February is rolled over, not refused, by some engines: only what comes back the same is a day.
  if (!isInstant(ms) || new Date(ms).toISOString().slice(0, 11) !== text) return null;
  if (dayOfText.size >= DAYS_KEPT) dayOfText.clear();
  dayOfText.set(text, ms);
  return ms;
}
