import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const MANAGER = 'manager event:manage';
const OFFICE = 'office booking:any';
const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let door: FrontDoor;

beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

const at = (ms: number): string => new Date(door.service.time.at + ms).toISOString();
const bookings = (eventId: string): string => `/v1/events/${eventId}/bookings`;
const shown = async (eventId: string) => (await door.ask('GET', `/v1/events/${eventId}`, null)).json;

describe('events', () => {
  it('are scheduled with the house rules unless said', async () => {
    const startsAt = at(30 * DAY);
    const made = await door.ask('POST', '/v1/events', MANAGER, { title: 'Recital', startsAt });
    expect(made.statusCode).toBe(201);
    const eventId = made.json['eventId'] as string;
    expect(made.headers['location']).toBe(`/v1/events/${eventId}`);
    expect(made.headers['etag']).toMatch(/^"0-[0-9a-f]{6}"$/);
    expect(made.headers['holdfast-position']).toMatch(/^[0-9a-f]{8}-\d{20}$/);
    expect(made.json).toMatchObject({ status: 'scheduled', revision: 0, capacity: 1, timeZone: 'UTC', startsAt });

    const read = await door.ask('GET', `/v1/events/${eventId}`, null);
    expect(read.headers['etag']).toBe(made.headers['etag']);
    expect(read.headers['holdfast-position']).toBe(made.headers['holdfast-position']);
    expect(read.json).toEqual({
      ...{ eventId, title: 'Recital', startsAt, endsAt: null, timeZone: 'UTC', resource: null, capacity: 1 },
      ...{ seatsTaken: 0, seatsHeld: 0, seatsFree: 1, waiting: 0, isBooked: false, status: 'scheduled', revision: 0 },
      ...{ holdSeconds: 600, offerSeconds: 14_400, salesOpenAt: null, salesCloseAt: null, cancelUntil: null },
      ...{ maxSeatsPerBooking: 10, waitlistLimit: 1 },
    });
  });

  it('keep every setting that was said, and answer 304 to who has seen it', async () => {
    const said = {
      ...{ title: 'Öl & Maß', capacity: 7, timeZone: 'Europe/Berlin', resource: 'room-7', eventId: 'all_settings-1' },
      ...{ holdSeconds: 30, offerSeconds: 300, maxSeatsPerBooking: 2, waitlistLimit: 0 },
      ...{
        startsAt: at(9 * DAY),
        endsAt: at(10 * DAY),
        salesOpenAt: at(DAY),
        salesCloseAt: at(8 * DAY),
        cancelUntil: at(DAY),
      },
    };
    expect(await door.event(said)).toBe('all_settings-1');
    const read = await door.ask('GET', '/v1/events/all_settings-1', null);
    expect(read.json).toMatchObject(said);
    const etag = String(read.headers['etag']);
    const again = await door.ask('GET', '/v1/events/all_settings-1', null, undefined, { 'if-none-match': `W/${etag}` });
    expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', etag]);
  });

  it('take an instant with any offset and show it as UTC', async () => {
    const eventId = await door.event({ startsAt: '2030-06-01T20:00:00.1239+02:00' });
    expect(await shown(eventId)).toMatchObject({ startsAt: '2030-06-01T18:00:00.123Z' });
  });

  it('are changed under If-Match, whatever was booked in between', async () => {
    const eventId = await door.event({ capacity: 2, salesOpenAt: at(0) });
    const etag = String((await door.ask('GET', `/v1/events/${eventId}`, null)).headers['etag']);
    await door.booking(eventId, 'ada');
    const change = (fields: object, tag: string) =>
      door.ask('PATCH', `/v1/events/${eventId}`, MANAGER, fields, { 'if-match': tag });
    const done = await change({ capacity: 50, title: 'Matinee', salesOpenAt: null, maxSeatsPerBooking: 3 }, etag);
    expect(done.statusCode).toBe(200);
    expect(done.json).toMatchObject({
      eventId,
      capacity: 50,
      title: 'Matinee',
      salesOpenAt: null,
      maxSeatsPerBooking: 3,
    });
    expect(await shown(eventId)).toMatchObject({ capacity: 50, title: 'Matinee', salesOpenAt: null, seatsTaken: 1 });

    await expectRefused(door, 'precondition-failed', {}, () => change({ capacity: 51 }, etag));
    await expectRefused(door, 'precondition-failed', {}, () => change({ capacity: 51 }, '"1-000000"'));
    await expectRefused(door, 'precondition-failed', {}, () => change({ capacity: 51 }, '"999-' + etag.slice(-7)));
    await expectRefused(door, 'precondition-required', {}, () =>
      door.ask('PATCH', `/v1/events/${eventId}`, MANAGER, { capacity: 51 }),
    );
    const latest = String(done.headers['etag']);
    expect((await change({ capacity: 51 }, `"0-abcdef", ${latest}`)).statusCode).toBe(200);
    expect((await change({ capacity: 52 }, '*')).statusCode).toBe(200);
    for (const tag of [`W/${latest}`, latest.replaceAll('"', ''), '', `${latest},`, '"'])
      expect((await change({ capacity: 53 }, tag)).json).toMatchObject({ errors: [{ pointer: '/If-Match' }] });
  });

  it('are cancelled with all their bookings', async () => {
    const eventId = await door.event({ capacity: 5 });
    const bookingId = await door.booking(eventId, 'ada');
    const done = await door.ask('POST', `/v1/events/${eventId}/cancel`, MANAGER, { reason: 'weather' });
    expect(done.json).toEqual({ eventId, status: 'cancelled', revision: 2, reason: 'weather' });
    const booking = await door.ask('GET', `${bookings(eventId)}/${bookingId}`, 'ada');
    expect(booking.json).toMatchObject({ status: 'cancelled', endedReason: 'event-cancelled' });
    await expectRefused(door, 'event-cancelled', {}, () => door.ask('POST', bookings(eventId), 'ada', {}));
    const quiet = await door.ask('POST', `/v1/events/${eventId}/cancel`, MANAGER);
    expect(quiet.json).toEqual({ eventId, status: 'cancelled', revision: 2 });
  });
});

describe('bookings', () => {
  it('go from hold to confirmed to cancelled', async () => {
    const eventId = await door.event({ capacity: 10 });
    const held = await door.ask('POST', bookings(eventId), 'ada', {
      seats: 2,
      hold: true,
      holdSeconds: 60,
      reference: 'PO-1',
    });
    expect(held.statusCode).toBe(201);
    const bookingId = held.json['bookingId'] as string;
    const path = `${bookings(eventId)}/${bookingId}`;
    expect(held.headers['location']).toBe(path);
    expect(held.json).toEqual({
      ...{ bookingId, eventId, userId: 'ada', seats: 2, status: 'held', reference: 'PO-1', expiresAt: at(60 * SECOND) },
      ...{ offer: false, createdAt: at(0), updatedAt: at(0), endedReason: null, revision: 1 },
    });
    expect(await shown(eventId)).toMatchObject({ seatsTaken: 2, seatsFree: 8 });
    const availability = await door.ask('GET', `/v1/events/${eventId}/availability`, null);
    expect(availability.json).toEqual({
      eventId,
      capacity: 10,
      taken: 2,
      held: 2,
      waiting: 0,
      free: 8,
      isBooked: false,
    });

    const extended = await door.ask('POST', `${path}/extend`, 'ada', { seconds: 120 });
    expect(extended.json).toMatchObject({ expiresAt: at(120 * SECOND), revision: 2 });
    const confirmed = await door.ask('POST', `${path}/confirm`, 'ada');
    expect(confirmed.json).toMatchObject({ status: 'confirmed', expiresAt: null, revision: 3 });
    const tag = { 'if-match': String(confirmed.headers['etag']) };
    const changed = await door.ask('PATCH', path, 'ada', { seats: 3, reference: null }, tag);
    expect(changed.json).toMatchObject({ seats: 3, reference: null });
    await expectRefused(door, 'precondition-failed', {}, () => door.ask('PATCH', path, 'ada', { seats: 4 }, tag));
    const read = await door.ask('GET', path, 'ada');
    expect(read.json).toEqual({ ...changed.json, waitlistPosition: null });
    expect(read.headers['etag']).toBe(changed.headers['etag']);
    const cancelled = await door.ask('POST', `${path}/cancel`, 'ada', { reason: 'ill' });
    expect(cancelled.json).toMatchObject({ status: 'cancelled', endedReason: 'ill' });
  });

  it('wait in line, and say where', async () => {
    const eventId = await door.event();
    await door.booking(eventId, 'ada');
    const waiting = await door.ask('POST', bookings(eventId), 'bob', { waitlist: true });
    expect([waiting.statusCode, waiting.json['status']]).toEqual([201, 'waitlisted']);
    const read = await door.ask('GET', String(waiting.headers['location']), 'bob');
    expect(read.json).toMatchObject({ waitlistPosition: 1 });
  });

  it('of others are like missing ones, to the byte', async () => {
    const eventId = await door.event({ capacity: 10 });
    const path = `${bookings(eventId)}/${await door.booking(eventId, 'ada')}`;
    const missing = `${bookings(eventId)}/00000000-0000-4000-8000-000000000000`;
    const elsewhere = path.replace(eventId, 'nowhere');
    for (const [method, step, body] of [
      ...([
        ['GET', '', undefined],
        ['PATCH', '', { seats: 2 }],
      ] as const),
      ...([
        ['POST', '/confirm', {}],
        ['POST', '/extend', { seconds: 60 }],
        ['POST', '/cancel', {}],
      ] as const),
    ]) {
      const answers = [path, missing, elsewhere].map((url) =>
        door.ask(method, url + step, 'eve', body, { 'x-request-id': 'r' }),
      );
      const [others, none, noEvent] = await Promise.all(answers);
      expect(others!.statusCode).toBe(404);
      expect(withoutDate(others!)).toEqual(withoutDate(none!));
      expect(withoutDate(others!)).toEqual(withoutDate(noEvent!));
    }
    expect((await door.ask('GET', path, OFFICE)).statusCode).toBe(200);
    await expectRefused(door, 'not-found', {}, () => door.ask('GET', '/v1/events/nowhere', null));
    await expectRefused(door, 'not-found', {}, () => door.ask('GET', '/v1/events/nowhere/availability', null));
    await expectRefused(door, 'not-found', {}, () => door.ask('POST', bookings('nowhere'), 'ada', {}));
  });

  it('are made and ended for others by the box office, also late', async () => {
    const eventId = await door.event({ capacity: 3, cancelUntil: at(0) });
    const made = await door.ask('POST', bookings(eventId), OFFICE, { userId: 'zoe' });
    expect(made.json).toMatchObject({ userId: 'zoe' });
    const path = String(made.headers['location']);
    await expectRefused(door, 'cancellation-closed', {}, () => door.ask('POST', `${path}/cancel`, 'zoe'));
    expect((await door.ask('POST', `${path}/cancel`, OFFICE)).json).toMatchObject({ status: 'cancelled' });
    await expectRefused(door, 'forbidden', {}, () => door.ask('POST', bookings(eventId), 'ada', { userId: 'bob' }));
  });
});

describe('lists', () => {
  it('of events are paged in order, and the cursor carries the filters', async () => {
    const ids = [];
    for (const day of [3, 1, 2, 2])
      ids.push(await door.event({ resource: 'paged', startsAt: at(day * DAY), capacity: day }));
    await door.ask('POST', `/v1/events/${ids[0]}/cancel`, MANAGER);
    const inOrder = [ids[1]!, ...[ids[2]!, ids[3]!].sort()];
    const first = await door.ask('GET', '/v1/events?resource=paged&limit=2', null);
    expect((first.json['items'] as { eventId: string }[]).map(({ eventId }) => eventId)).toEqual(inOrder.slice(0, 2));
    const cursor = first.json['nextCursor'] as string;
    expect(first.headers['link']).toBe(`</v1/events?cursor=${cursor}&limit=2>; rel="next"`);
    const next = await door.ask('GET', `/v1/events?cursor=${cursor}`, null);
    expect((next.json['items'] as { eventId: string }[]).map(({ eventId }) => eventId)).toEqual(inOrder.slice(2));
    expect([next.json['nextCursor'], next.headers['link']]).toEqual([null, undefined]);
    expect((await door.ask('GET', `/v1/events?cursor=${cursor}&resource=paged`, null)).statusCode).toBe(200);
    for (const [query, pointer] of [
      ['resource=other', '/resource'],
      ['available=true', '/available'],
      ['cursor=AAAA', '/cursor'],
    ])
      expect(
        (await door.ask('GET', `/v1/events?${pointer === '/cursor' ? '' : `cursor=${cursor}&`}${query}`, null)).json,
      ).toMatchObject({ code: 'validation-failed', errors: [{ pointer }] });
    expect((await door.ask('GET', `/v1/bookings?cursor=${cursor}`, 'ada')).statusCode).toBe(400);
    const cancelled = await door.ask('GET', '/v1/events?resource=paged&status=cancelled&available=true', null);
    expect((cancelled.json['items'] as unknown[]).length).toBe(1);
    const between = await door.ask('GET', `/v1/events?resource=paged&from=${at(DAY)}&to=${at(2 * DAY)}`, null);
    expect((between.json['items'] as unknown[]).length).toBe(1);
  });

  it('of bookings are one’s own, unless for the box office', async () => {
    const eventId = await door.event({ capacity: 10 });
    const made: string[] = [];
    for (const user of ['gil', 'hal', 'ivy']) {
      door.service.time.at += SECOND;
      made.unshift(await door.booking(eventId, user, { reference: `of-${user}` }));
    }
    const own = await door.ask('GET', `/v1/bookings?eventId=${eventId}`, 'hal');
    expect(own.json['items']).toMatchObject([{ userId: 'hal' }]);
    const first = await door.ask('GET', `/v1/bookings?eventId=${eventId}&limit=2`, OFFICE);
    const cursor = first.json['nextCursor'] as string;
    const rest = await door.ask('GET', `/v1/bookings?cursor=${cursor}&limit=2`, OFFICE);
    const all = [...(first.json['items'] as object[]), ...(rest.json['items'] as object[])];
    expect(all.map((item) => (item as { bookingId: string }).bookingId)).toEqual(made);
    const filtered = `/v1/bookings?userId=gil&status=confirmed&reference=of-gil`;
    expect((await door.ask('GET', filtered, OFFICE)).json['items']).toMatchObject([{ userId: 'gil' }]);
    await expectRefused(door, 'forbidden', {}, () => door.ask('GET', '/v1/bookings?userId=gil', 'hal'));
    // A cursor is no way around that.
    const foreign = await door.ask('GET', '/v1/bookings?userId=gil&limit=1', OFFICE);
    expect(foreign.json['nextCursor']).toBeNull();
    const forged = Buffer.from(
      JSON.stringify(['bookings', { userId: 'gil' }, 4e12, 'z', `${door.service.log.identity}-${'0'.repeat(20)}`]),
    );
    await expectRefused(door, 'forbidden', {}, () =>
      door.ask('GET', `/v1/bookings?cursor=${forged.toString('base64url')}`, 'hal'),
    );
  });
});

describe('positions', () => {
  it('let a reader see its own write, or say that it cannot', async () => {
    const eventId = await door.event({ capacity: 2 });
    await shown(eventId);
    door.views.isPaused = true;
    const made = await door.ask('POST', bookings(eventId), 'ada', {});
    const position = { 'holdfast-position': String(made.headers['holdfast-position']) };
    const read = () => door.ask('GET', `/v1/events/${eventId}`, null, undefined, position);
    await expectRefused(door, 'read-model-behind', {}, read);
    const waiting = read();
    setTimeout(() => (door.views.isPaused = false), 40);
    expect((await waiting).json).toMatchObject({ seatsTaken: 1 });
    const { identity } = door.service.log;
    for (const token of ['x', `00000000-${'0'.repeat(20)}`, `${identity}-${'9'.repeat(20)}`, `${identity}-1`])
      await expectRefused(door, 'unknown-position', {}, () =>
        door.ask('GET', '/v1/events', null, undefined, { 'holdfast-position': token }),
      );
  });
});

const withoutDate = ({ statusCode, headers, body }: Response) => ({
  statusCode,
  body,
  headers: { ...headers, date: '' },
});
