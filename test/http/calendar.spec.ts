import fc from 'fast-check';
import ICAL from 'ical.js';
import type { CalendarEntry, Occasion } from '../../src/application/ports.js';
import { calendarOfBooking, calendarOfEvent, type Calendar } from '../../src/infrastructure/http/calendar.js';
import { codePoint } from '../support/code-point.js';
import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const MANAGER = 'manager event:manage';
const OFFICE = 'office booking:any';
const DAY = 86_400_000;

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

/** A character that was cut in two does not survive. */
const asSent = (text: string): string => Buffer.from(text).toString();

/** The entry as another program reads it, by property. */
function read(text: string): Readonly<Record<string, string>> {
  const [, top, children] = ICAL.parse(asSent(text)) as unknown as [
    string,
    JcalProperty[],
    [string, JcalProperty[], []][],
  ];
  expect(children.map(([name]) => name)).toEqual(['vevent']);
  const properties = [...top, ...children[0]![1]].map(([name, , , value]) => [name, String(value)]);
  expect(new Set(properties.map(([name]) => name)).size).toBe(properties.length);
  return Object.fromEntries(properties) as Record<string, string>;
}
type JcalProperty = [name: string, parameters: object, type: string, value: unknown];

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const eventUrl = (eventId: string): string => `/v1/events/${eventId}/calendar.ics`;
const bookingUrl = (eventId: string, bookingId: string): string =>
  `/v1/events/${eventId}/bookings/${bookingId}/calendar.ics`;
const ask = (url: string, as: string | null, headers = {}): Promise<Response> =>
  door.ask('GET', url, as, undefined, headers);

describe('the entry of an event', () => {
  it('says what, when, where, and since when that is so, to anybody who may read the event', async () => {
    const startsAt = new Date(door.service.time.at + 9 * DAY).toISOString();
    const endsAt = new Date(door.service.time.at + 10 * DAY).toISOString();
    const said = { title: 'Öl; Maß, \\ & more', timeZone: 'Europe/Berlin', resource: 'room-7', capacity: 3 };
    const eventId = await door.event({ ...said, startsAt, endsAt, eventId: 'with_all-1' });
    const made = door.service.time.at;
    const { statusCode, headers, body } = await ask(eventUrl(eventId), null);
    expect([statusCode, headers['content-type'], headers['content-disposition'], headers['cache-control']]).toEqual([
      ...[200, 'text/calendar; charset=utf-8; method=PUBLISH'],
      ...['attachment; filename="event-with_all-1.ics"', 'no-cache'],
    ]);
    const json = await ask(`/v1/events/${eventId}`, null);
    expect(headers['holdfast-position']).toBe(json.headers['holdfast-position']);
    expect(read(body)).toEqual({
      ...{ version: '2.0', prodid: '-//Holdfast//Holdfast//EN', method: 'PUBLISH' },
      ...{ uid: 'event-with_all-1@holdfast', sequence: '0', status: 'CONFIRMED' },
      ...{ dtstamp: seconds(made), 'last-modified': seconds(made) },
      ...{ dtstart: seconds(Date.parse(startsAt)), dtend: seconds(Date.parse(endsAt)) },
      ...{ summary: said.title, location: 'room-7', description: 'Time zone: Europe/Berlin' },
    });
    // The clock goes on, and nothing changes.
    door.service.time.at += DAY;
    expect((await ask(eventUrl(eventId), null)).body).toBe(body);
    const again = await ask(eventUrl(eventId), null, { 'if-none-match': String(headers['etag']) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect(headers['etag']).not.toBe(json.headers['etag']);
  });

  it('replaces itself when the event moves, and cancels itself when it is called off', async () => {
    const eventId = await door.event();
    const before = read((await ask(eventUrl(eventId), null)).body);
    expect(before).not.toHaveProperty('dtend');
    expect(before).not.toHaveProperty('location');
    const { headers } = await ask(`/v1/events/${eventId}`, null);
    const startsAt = new Date(door.service.time.at + 40 * DAY).toISOString();
    door.service.time.at += 1_000;
    await door.ask('PATCH', `/v1/events/${eventId}`, MANAGER, { startsAt }, { 'if-match': String(headers['etag']) });
    const moved = read((await ask(eventUrl(eventId), null)).body);
    expect(moved).toEqual({
      ...before,
      ...{ sequence: '1', dtstart: seconds(Date.parse(startsAt)) },
      ...{ dtstamp: seconds(door.service.time.at), 'last-modified': seconds(door.service.time.at) },
    });
    await door.ask('POST', `/v1/events/${eventId}/cancel`, MANAGER, { reason: 'storm' });
    const off = await ask(eventUrl(eventId), null);
    expect(off.headers['content-type']).toBe('text/calendar; charset=utf-8; method=CANCEL');
    expect(read(off.body)).toMatchObject({ uid: before['uid'], sequence: '2', status: 'CANCELLED', method: 'CANCEL' });
  });
});

describe('the entry of a booking', () => {
  it.each([
    ['confirmed', 'ada', {}, 'CONFIRMED', 'OPAQUE'],
    ['held', 'bob', { hold: true, reference: 'PO-4711' }, 'TENTATIVE', 'OPAQUE'],
    ['waitlisted', 'cid', { waitlist: true }, 'TENTATIVE', 'TRANSPARENT'],
  ])('is that of a %s booking, until it ends', async (status, as, wishes, standing, transp) => {
    const eventId = await door.event({ capacity: status === 'waitlisted' ? 1 : 2 });
    if (status === 'waitlisted') await door.booking(eventId, 'first');
    const bookingId = await door.booking(eventId, as, wishes);
    const url = bookingUrl(eventId, bookingId);
    const { headers, body } = await ask(url, as);
    expect([headers['content-disposition'], headers['cache-control']]).toEqual([
      ...[`attachment; filename="booking-${bookingId}.ics"`, 'no-store'],
    ]);
    const entry = read(body);
    const shown = (await ask(`/v1/events/${eventId}/bookings/${bookingId}`, as)).json;
    expect(entry).toMatchObject({
      ...{ uid: `booking-${bookingId}@holdfast`, sequence: String(shown['revision']), status: standing, transp },
      ...{ method: 'PUBLISH', created: seconds(door.service.time.at), summary: 'Recital' },
    });
    const until = shown['expiresAt'] === null ? '' : ` until ${String(shown['expiresAt'])}`;
    const reference = shown['reference'] === null ? '' : `Reference: ${String(shown['reference'])}\n`;
    expect(entry['description']).toBe(
      `Booking: ${bookingId}\nStatus: ${status}${until}\nSeats: 1\n${reference}Time zone: UTC`,
    );
    expect((await ask(url, as, { 'if-none-match': String(headers['etag']) })).statusCode).toBe(304);

    await door.ask('POST', `/v1/events/${eventId}/bookings/${bookingId}/cancel`, as, {});
    const ended = await ask(url, as, { 'if-none-match': String(headers['etag']) });
    expect([ended.statusCode, ended.headers['content-type']]).toEqual([
      ...[200, 'text/calendar; charset=utf-8; method=CANCEL'],
    ]);
    const last = read(ended.body);
    expect(last).toMatchObject({ uid: entry['uid'], status: 'CANCELLED', transp: 'TRANSPARENT' });
    expect(Number(last['sequence'])).toBeGreaterThan(Number(entry['sequence']));
  });

  it('follows its event: it moves with it, and is called off with it', async () => {
    const eventId = await door.event();
    const bookingId = await door.booking(eventId, 'ada');
    const { headers } = await ask(`/v1/events/${eventId}`, null);
    const url = bookingUrl(eventId, bookingId);
    const before = read((await ask(url, 'ada')).body);
    await door.ask(...(['PATCH', `/v1/events/${eventId}`, MANAGER, { title: 'Later' }] as const), {
      'if-match': String(headers['etag']),
    });
    const after = read((await ask(url, 'ada')).body);
    expect([after['summary'], Number(after['sequence'])]).toEqual(['Later', Number(before['sequence']) + 1]);
    await door.ask('POST', `/v1/events/${eventId}/cancel`, MANAGER, {});
    expect(read((await ask(url, 'ada')).body)).toMatchObject({ status: 'CANCELLED', method: 'CANCEL' });
  });

  it('is for whoever may read the booking; to all others there is none, as for one that is not', async () => {
    const eventId = await door.event({ capacity: 3 });
    const bookingId = await door.booking(eventId, 'ada');
    const url = bookingUrl(eventId, bookingId);
    for (const as of ['ada', OFFICE]) expect((await ask(url, as)).statusCode).toBe(200);
    const nowhere = bookingUrl(eventId, '00000000-0000-4000-8000-000000000000');
    const others = await Promise.all([ask(url, 'bob'), ask(nowhere, 'bob'), ask(nowhere, OFFICE)]);
    for (const { statusCode, json } of others) expect([statusCode, json]).toEqual([404, others[0]!.json]);
    const elsewhere = bookingUrl(await door.event(), bookingId);
    await expectRefused(door, 'not-found', {}, () => ask(elsewhere, 'ada'));
    await expectRefused(door, 'not-found', {}, () => ask(eventUrl('nowhere'), null));
    expect((await ask(`${url}?x=1`, 'ada')).json).toMatchObject({ status: 400, errors: [{ pointer: '/x' }] });
  });
});

const OCCASION: Occasion = {
  ...{ eventId: 'demo', title: 'x', startsAt: DAY, endsAt: null, timeZone: 'UTC', resource: null },
  ...{ status: 'scheduled', updatedAt: DAY, revision: 1 },
};

const LINE = /^[A-Z-]+:|^ /;

function expectWellFormed({ text }: Calendar): void {
  expect(text.endsWith('\r\n')).toBe(true);
  for (const line of text.slice(0, -2).split('\r\n')) {
    expect(line).toMatch(LINE);
    expect(line).not.toMatch(/[\r\n\u0085\u2028\u2029]/);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  }
}

const character = fc.oneof(
  fc.constantFrom(...['\r', '\n', '\r\n', '\\', ';', ',', ':', '"', '\u2028', '\u0085', '\0', '\t', ' ', '😀', 'é']),
  fc.constantFrom('\r\nATTENDEE:mailto:eve@example.org', '\nEND:VEVENT\nBEGIN:VEVENT', '\\n', 'BEGIN:VALARM'),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
  fc.string({ unit: codePoint, maxLength: 3 }),
);
const hostile = fc.array(character, { maxLength: 60 }).map((parts) => parts.join(''));

describe('whatever it is called', () => {
  it('an entry has its own properties and no other, in lines of 75 octets, and the words come back', () => {
    const names = Object.keys(read(calendarOfEvent({ ...OCCASION, resource: 'x' }).text));
    fc.assert(
      fc.property(hostile, hostile, (title, resource) => {
        const calendar = calendarOfEvent({ ...OCCASION, title, resource });
        expectWellFormed(calendar);
        const entry = read(calendar.text);
        expect(Object.keys(entry)).toEqual(names);
        expect([entry['summary'], entry['location']]).toEqual([title, resource].map(asText));
      }),
      { numRuns: 150 },
    );
  });

  it('and so does that of a booking', () => {
    const booking: CalendarEntry['booking'] = {
      ...{ bookingId: 'b', eventId: 'demo', userId: 'ada', seats: 1, status: 'confirmed', expiresAt: null },
      ...{ offer: false, createdAt: DAY, updatedAt: DAY, endedReason: null, revision: 1, waitlistPosition: null },
      reference: null,
    };
    fc.assert(
      fc.property(hostile, (reference) => {
        const calendar = calendarOfBooking({ event: OCCASION, booking: { ...booking, reference } });
        expectWellFormed(calendar);
        expect(read(calendar.text)['description']).toContain(asText(`Reference: ${reference}\n`));
      }),
      { numRuns: 60 },
    );
  });

  it('an end within the second of the start is none', () => {
    const text = (endsAt: number) => read(calendarOfEvent({ ...OCCASION, endsAt }).text);
    expect(text(DAY + 999)).not.toHaveProperty('dtend');
    expect(text(DAY + 1_000)).toHaveProperty('dtend', seconds(DAY + 1_000));
  });
});

/** What a title is in a calendar: line breaks of all kinds are one, other control characters are gone. */
const asText = (text: string): string =>
  asSent(text.replaceAll(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/g, '\n').replaceAll(/(?![\t\n])\p{Cc}/gu, ''));
