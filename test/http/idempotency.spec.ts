import { OutcomeUnknown, StoreUnavailable } from '../../src/application/errors.js';
import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const MANAGER = 'manager event:manage';
const OFFICE = 'office booking:any';
const DAY = 86_400_000;

let door: FrontDoor;
let keys = 0;

beforeAll(async () => {
  door = await FrontDoor.open({}, { outcomeDeadlineMs: 60 });
});
afterAll(() => door.close());

const at = (ms: number): string => new Date(door.service.time.at + ms).toISOString();
const bookings = (eventId: string): string => `/v1/events/${eventId}/bookings`;
const fresh = (): { 'idempotency-key': string } => ({ 'idempotency-key': `key-${(keys += 1)}` });
const book = (eventId: string, as: string, body: unknown, key: string) =>
  door.ask('POST', bookings(eventId), as, body, { 'idempotency-key': key });

/** To the byte, and marked; nothing is written. */
async function expectReplay(first: Response, ask: () => Promise<Response>): Promise<void> {
  const before = door.written;
  const again = await ask();
  expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
  for (const name of ['etag', 'location']) expect(again.headers[name]).toBe(first.headers[name]);
  expect(first.headers['idempotency-replayed']).toBeUndefined();
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(String(again.headers['holdfast-position']) >= String(first.headers['holdfast-position'])).toBe(true);
  expect(door.written).toBe(before);
}

describe('a repeat has the answer of the first request, and no effect', () => {
  it('whatever was asked', async () => {
    const fields = { title: 'Recital', startsAt: at(9 * DAY), capacity: 9 };
    const made = fresh();
    const schedule = () => door.ask('POST', '/v1/events', MANAGER, fields, made);
    const event = await schedule();
    const path = String(event.headers['location']);
    const held = fresh();
    const hold = () => door.ask('POST', `${path}/bookings`, 'ada', { hold: true }, held);
    const booking = String((await hold()).headers['location']);
    const steps: [method: string, url: string, as: string, body?: object, headers?: Record<string, string>][] = [
      ['POST', `${booking}/extend`, 'ada', { seconds: 900 }],
      ['POST', `${booking}/confirm`, 'ada'],
      ['PATCH', booking, 'ada', { seats: 2 }],
      ['POST', `${booking}/cancel`, 'ada', { reason: 'ill' }],
      // The tag is old by the time of the repeat: who was told yes is told so again.
      ['PATCH', path, MANAGER, { capacity: 10, title: 'Matinee' }, { 'if-match': String(event.headers['etag']) }],
      ['POST', `${path}/cancel`, MANAGER, { reason: 'weather' }],
    ];
    for (const [method, url, as, body, headers = {}] of steps) {
      const key = fresh();
      const ask = () => door.ask(method, url, as, body, { ...headers, ...key });
      const first = await ask();
      expect([url, first.statusCode]).toEqual([url, 200]);
      await expectReplay(first, ask);
    }
    // Also after all that has become of it since.
    await expectReplay(event, schedule);
    expect((await hold()).json).toMatchObject({ status: 'held', revision: 1 });
  });

  it('however its JSON and its key are written', async () => {
    const eventId = await door.event({ capacity: 100 });
    const first = await book(eventId, 'ada', '{"seats":2,"hold":true,"reference":"PO-1"}', 'order-1');
    const written = [
      ' {\n"reference" : "PO-1",\t"hold":true, "seats": 2 } ',
      '{"hold":true,"reference":"PO-1","seats":2.0}',
      '{"seats":0.2e1,"h\\u006fld":true,"reference":"\\u0050O-1"}',
    ];
    for (const body of written) await expectReplay(first, () => book(eventId, 'ada', body, 'order-1'));
    await expectReplay(first, () => book(eventId, 'ada', written[0], '"order-1"'));
    const headers = { 'idempotency-key': 'order-1', 'content-type': 'application/json; charset=utf-8' };
    await expectReplay(first, () => door.ask('POST', bookings(eventId), 'ada', written[1], headers));
  });

  it.each([
    ['of one character', '!', '"!"'],
    ['of 255 characters', 'x'.repeat(255), `"${'x'.repeat(255)}"`],
    ['with every visible character', 'a"b\\c~{}', '"a\\"b\\\\c~{}"'],
  ])('with a key %s, bare or quoted', async (_, bare, quoted) => {
    const eventId = await door.event({ capacity: 9 });
    const first = await book(eventId, 'ada', {}, bare);
    expect(first.statusCode).toBe(201);
    await expectReplay(first, () => book(eventId, 'ada', {}, quoted));
  });
});

describe('a key', () => {
  it('is refused for anything else, whatever that is, and comes before If-Match', async () => {
    const eventId = await door.event({ capacity: 9 });
    const key = fresh();
    const first = await door.ask('POST', bookings(eventId), 'ada', { seats: 2 }, key);
    const booking = String(first.headers['location']);
    const others: [method: string, url: string, body: object][] = [
      ['POST', bookings(eventId), { seats: 3 }],
      // What is not said is not what is said, though it means the same.
      ['POST', bookings(eventId), { seats: 2, hold: false }],
      ['POST', bookings(eventId), {}],
      ['PATCH', booking, { seats: 2 }],
      ['POST', `${booking}/cancel`, {}],
      ['POST', `${bookings(eventId)}/00000000-0000-4000-8000-000000000000/cancel`, {}],
    ];
    for (const [method, url, body] of others)
      await expectRefused(door, 'key-reused', {}, () =>
        door.ask(method, url, 'ada', body, { ...key, 'if-match': '"99-000000"' }),
      );
    const made = fresh();
    const event = await door.ask('POST', '/v1/events', MANAGER, { title: 'x', startsAt: at(DAY) }, made);
    await expectRefused(door, 'key-reused', {}, () =>
      door.ask('PATCH', String(event.headers['location']), MANAGER, { capacity: 2 }, { ...made, 'if-match': '*' }),
    );
  });

  it('is its caller’s: with the key of another nobody learns or changes anything of theirs', async () => {
    const eventId = await door.event({ capacity: 9 });
    const key = fresh()['idempotency-key'];
    const first = await book(eventId, 'ada', { reference: 'secret-1' }, key);
    const own = await book(eventId, 'eve', { reference: 'secret-1' }, key);
    expect([own.statusCode, own.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect(own.json['bookingId']).not.toBe(first.json['bookingId']);
    expect(own.json['userId']).toBe('eve');
    const office = await book(eventId, OFFICE, { reference: 'secret-1' }, key);
    expect([office.statusCode, office.json['userId']]).toEqual([201, 'office']);

    const booking = String(first.headers['location']);
    const cancel = (as: string, url = booking) =>
      door.ask('POST', `${url}/cancel`, as, {}, { 'idempotency-key': 'mine', 'x-request-id': 'r' });
    const cancelled = await cancel('ada');
    await expectReplay(cancelled, () => cancel('ada'));
    const missing = `${bookings(eventId)}/00000000-0000-4000-8000-000000000000`;
    const [others, none] = [await cancel('eve'), await cancel('eve', missing)];
    expect([others.statusCode, others.body]).toEqual([404, none.body]);
    expect({ ...others.headers, date: '' }).toEqual({ ...none.headers, date: '' });
  });

  it('of another event is another key', async () => {
    const key = fresh()['idempotency-key'];
    const [one, two] = [await door.event(), await door.event()];
    const first = await book(one, 'ada', {}, key);
    const second = await book(two, 'ada', {}, key);
    expect(second.headers['idempotency-replayed']).toBeUndefined();
    expect([second.json['eventId'], second.json['bookingId'] === first.json['bookingId']]).toEqual([two, false]);
    await expectReplay(first, () => book(one, 'ada', {}, key));
    await expectReplay(second, () => book(two, 'ada', {}, key));
  });

  it.each([
    ['that is empty', ''],
    ['that is empty between quotes', '""'],
    ['with a blank', 'two words'],
    ['with a quote too many', '"a"b'],
    ['with a quote that is not ended', '"a'],
    ['of 256 characters', 'x'.repeat(256)],
    ['of 256 characters between quotes', `"${'x'.repeat(256)}"`],
    ['beyond ASCII', 'ö'],
    ['with what cannot be seen', 'a\tb'],
    ['that came twice', 'a, b'],
  ])('%s is refused', async (_, key) => {
    const errors = [{ pointer: '/Idempotency-Key', expected: expect.stringContaining('1 to 255 visible ASCII') }];
    await expectRefused(door, 'validation-failed', { errors }, () => book('any', 'ada', {}, key));
  });
});

describe('what is not final is decided afresh', () => {
  it('a refusal, and what changed nothing', async () => {
    const eventId = await door.event();
    const first = await door.booking(eventId, 'ada');
    const key = fresh()['idempotency-key'];
    await expectRefused(door, 'sold-out', { requested: 1, free: 0, waiting: 0 }, () => book(eventId, 'bob', {}, key));
    const quiet = () =>
      door.ask('POST', `${bookings(eventId)}/${first}/confirm`, 'ada', {}, { 'idempotency-key': 'q' });
    expect((await quiet()).statusCode).toBe(200);
    expect((await quiet()).headers['idempotency-replayed']).toBeUndefined();
    await door.ask('POST', `${bookings(eventId)}/${first}/cancel`, 'ada');
    const booked = await book(eventId, 'bob', {}, key);
    expect([booked.statusCode, booked.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect((await quiet()).json).toMatchObject({ code: 'booking-ended' });
  });

  it('a 503 where nothing was written', async () => {
    const eventId = await door.event();
    const { store } = door.service;
    const { append } = store;
    const key = fresh()['idempotency-key'];
    Object.assign(store, { append: () => Promise.reject(new StoreUnavailable('down')) });
    await expectRefused(door, 'store-unavailable', {}, () => book(eventId, 'ada', {}, key));
    Object.assign(store, { append });
    const booked = await book(eventId, 'ada', {}, key);
    expect([booked.statusCode, booked.headers['idempotency-replayed']]).toEqual([201, undefined]);
    await expectReplay(booked, () => book(eventId, 'ada', {}, key));
  });

  it('a 503 where nobody could tell: it had been written, and the repeat says so', async () => {
    const eventId = await door.event();
    const { store } = door.service;
    const { append, read } = store;
    const key = fresh()['idempotency-key'];
    const before = door.written;
    Object.assign(store, {
      append: async (...sent: Parameters<typeof append>) => {
        await append.apply(store, sent);
        throw new OutcomeUnknown('cut off');
      },
      read: () => {
        throw new StoreUnavailable('cut off');
      },
    });
    const unknown = await book(eventId, 'ada', {}, key);
    expect(unknown.json).toMatchObject({ code: 'outcome-unknown' });
    Object.assign(store, { append, read });
    const [again, third] = [await book(eventId, 'ada', {}, key), await book(eventId, 'ada', {}, key)];
    expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(third.body).toBe(again.body);
    expect(door.written).toBe(before + 1);
  });
});

describe('a repeat while the first request still runs', () => {
  it('waits for its answer, and says so after a while', async () => {
    const locking = await FrontDoor.open({}, { locking: 'pessimistic', inFlightWaitMs: 100, outcomeDeadlineMs: 2_000 });
    const eventId = await locking.event();
    const { store } = locking.service;
    const { locked } = store as Required<typeof store>;
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let decided: () => void = () => undefined;
    const isDecided = new Promise<void>((resolve) => (decided = resolve));
    const slow: typeof locked = (stream, work) =>
      locked(stream, async (read) => {
        const batch = await work(read);
        decided();
        await held;
        return batch;
      });
    Object.assign(store, { locked: slow });
    const ask = () => locking.ask('POST', bookings(eventId), 'ada', {}, { 'idempotency-key': 'slow' });
    const first = ask();
    await isDecided;
    await expectRefused(locking, 'request-in-flight', {}, ask);
    const patient = ask();
    letGo();
    expect((await first).headers['idempotency-replayed']).toBeUndefined();
    expect((await patient).json).toEqual((await first).json);
    expect((await patient).headers['idempotency-replayed']).toBe('true');
    await locking.close();
  });
});
