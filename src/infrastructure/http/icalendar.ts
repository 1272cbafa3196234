import type { Instant } from '../../domain/booking/events.js';

/** iCalendar (RFC 5545), as far as one entry needs it: text and instants in, lines out. Nothing here knows a booking. */

/** Octets of a line, without its end (3.1). */
const LINE_OCTETS = 75;

/** One property and its value, as `textValue` and `instantValue` make them, or a word of the RFC's own. */
export type Property = readonly [name: string, value: string];

/**
 * A calendar of one entry. `METHOD` also has to be said in the media type (3.7.2). What is in the values cannot begin a
 * property: no line break is left in any of them.
 */
export function calendarOf(method: 'PUBLISH' | 'CANCEL', entry: readonly Property[]): string {
  const lines: readonly Property[] = [
    ['BEGIN', 'VCALENDAR'],
    ['VERSION', '2.0'],
    ['PRODID', '-//Holdfast//Holdfast//EN'],
    ['METHOD', method],
    ['BEGIN', 'VEVENT'],
    ...entry,
    ['END', 'VEVENT'],
    ['END', 'VCALENDAR'],
  ];
  return lines.map(([name, value]) => folded(`${name}:${value}`)).join('');
}

/** `20270301T180000Z`; what is below a second is cut off. */
export const instantValue = (instant: Instant): string =>
  `${new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

/**
 * TEXT (3.3.11). Whatever somebody's parser takes for the end of a line is one, written `\n`; the other control
 * characters are not text.
 */
export const textValue = (text: string): string =>
  text
    .replaceAll(/[\\;,]/g, String.raw`\$&`)
    .replaceAll(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/g, String.raw`\n`)
    .replaceAll(/(?!\t)\p{Cc}/gu, '');

/** The line and its end, in pieces of at most 75 octets, never cut within a character (3.1). */
function folded(line: string): string {
  let text = '';
  let octets = 0;
  for (const character of line) {
    const more = Buffer.byteLength(character);
    if (octets + more > LINE_OCTETS) {
      text += '\r\n ';
      octets = 1;
    }
    text += character;
    octets += more;
  }
  return `${text}\r\n`;
}
