import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { StoreUnavailable, StreamUnreadable } from '../../src/application/errors.js';
import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const AUDITOR = 'auditor audit:read';
const OFFICE = 'office booking:any';
const MANAGER = 'manager event:manage';
const SECOND = 1_000;

interface Fact {
  readonly type: string;
  readonly revision: number;
  readonly position: string;
  readonly reason: string;
  readonly actor: string;
  readonly causationId: string;
  readonly commandId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let door: FrontDoor;
let eventId: string;
let adas: string;
let bobs: string;
const times: number[] = [];

/** Two seats: ada holds both and lets them lapse, bob waited and gets an offer, then the event is called off. */
beforeAll(async () => {
  door = await FrontDoor.open();
  const tick = (seconds = 1): void => void times.push((door.service.time.at += seconds * SECOND));
  tick();
  eventId = await door.event({ capacity: 2, title: 'A "quoted", title' });
  tick();
  adas = await door.booking(eventId, 'ada', { seats: 2, hold: true, holdSeconds: 60, reference: '-1' });
  tick();
  bobs = await door.booking(eventId, 'bob', { waitlist: true });
  tick(120);
  // Whoever comes first makes settle write what is due.
  await door.ask('POST', `/v1/events/${eventId}/bookings`, 'cid', { seats: 2 });
  tick();
  await door.ask('POST', `/v1/events/${eventId}/cancel`, MANAGER, { reason: 'storm' });
});
afterAll(() => door.close());

const url = (query = ''): string => `/v1/events/${eventId}/history${query}`;
const ask = (as: string, query = '', accept = 'application/json', headers = {}): Promise<Response> =>
  door.ask('GET', url(query), as, undefined, { accept, ...headers });
const itemsOf = ({ json }: Response) => json['items'] as Fact[];
const typesOf = (response: Response) => itemsOf(response).map(({ type }) => type);

const ALL = ['EventScheduled', 'BookingHeld', 'BookingWaitlisted', 'HoldExpired', 'BookingHeld', 'EventCancelled'];

describe('the history of an event', () => {
  it('says of every fact who, when, why, where, and what it follows from', async () => {
    const response = await ask(AUDITOR);
    expect([response.statusCode, response.headers['vary'], response.json['nextCursor']]).toEqual([200, 'accept', null]);
    expect(typesOf(response)).toEqual(ALL);
    const facts = itemsOf(response);
    expect(facts.map(({ reason }) => reason)).toEqual([
      ...['requested', 'requested', 'requested', 'lapsed', 'place-came-free', 'storm'],
    ]);
    expect(facts.map(({ actor }) => actor)).toEqual([
      ...['manager', 'ada', 'bob', 'system:settle', 'system:settle', 'manager'],
    ]);
    expect(facts.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4, 5]);
    // A lapse follows from the booking, an offer from the lapse.
    expect([facts[3]!.causationId, facts[4]!.causationId]).toEqual([adas, facts[3]!.commandId]);
    const { identity, records } = door.service.log;
    const inLog = records.filter(({ stream }) => stream === `booking-${eventId}`);
    expect(facts[1]).toEqual({
      ...{ id: inLog[1]!.id, type: 'BookingHeld', schemaVersion: 1, eventId, revision: 1, actor: 'ada' },
      position: `${identity}-${String(inLog[1]!.position).padStart(20, '0')}`,
      ...{ occurredAt: new Date(times[1]!).toISOString(), reason: 'requested' },
      ...{ correlationId: expect.any(String), causationId: expect.any(String), commandId: expect.any(String) },
      data: {
        ...{ bookingId: adas, userId: 'ada', seats: 2, status: 'held', reference: '-1', offer: false },
        createdAt: new Date(times[1]!).toISOString(),
        expiresAt: new Date(times[1]! + 60 * SECOND).toISOString(),
        ceilingAt: new Date(times[1]! + 7_200 * SECOND).toISOString(),
      },
    });
    expect(response.headers['holdfast-position']).toBe(`${identity}-${String(records.length).padStart(20, '0')}`);
  });

  it('can be asked for one booking or one user, the end by which the event was called off included', async () => {
    expect(typesOf(await ask(AUDITOR, `?bookingId=${adas}`))).toEqual(['BookingHeld', 'HoldExpired']);
    const bob = ['BookingWaitlisted', 'BookingHeld', 'EventCancelled'];
    expect(typesOf(await ask(AUDITOR, '?userId=bob'))).toEqual(bob);
    expect(typesOf(await ask(AUDITOR, `?userId=bob&bookingId=${bobs}`))).toEqual(bob);
    expect(typesOf(await ask(AUDITOR, `?userId=bob&bookingId=${adas}`))).toEqual([]);
  });

  it('shows a user their own bookings and nothing else, and the box office all', async () => {
    expect(typesOf(await ask('bob'))).toEqual(['BookingWaitlisted', 'BookingHeld', 'EventCancelled']);
    expect(typesOf(await ask('ada', '?userId=ada'))).toEqual(['BookingHeld', 'HoldExpired']);
    for (const [as, query] of [
      ['eve', ''],
      ['eve', `?bookingId=${adas}`],
      ['cid', ''],
    ])
      expect(itemsOf(await ask(as!, query))).toEqual([]);
    expect(typesOf(await ask(OFFICE))).toEqual(ALL);
    await expectRefused(door, 'forbidden', {}, () => ask('eve', '?userId=ada'));
    // A cursor is no way around that.
    const parts = ['history', { userId: 'ada' }, 0, eventId, `${door.service.log.identity}-${'0'.repeat(20)}`];
    const forged = Buffer.from(JSON.stringify(parts)).toString('base64url');
    await expectRefused(door, 'forbidden', {}, () => ask('eve', `?cursor=${forged}`));
  });

  it('comes in pages, filtered or not', async () => {
    for (const [as, filter, expected] of [
      [AUDITOR, '', ALL],
      [AUDITOR, '&userId=bob', ['BookingWaitlisted', 'BookingHeld', 'EventCancelled']],
      ['bob', '', ['BookingWaitlisted', 'BookingHeld', 'EventCancelled']],
    ] as const) {
      const found: string[] = [];
      let query: string | null = `?limit=2${filter}`;
      while (query !== null) {
        const page: Response = await ask(as, query);
        expect(itemsOf(page).length).toBeLessThanOrEqual(2);
        found.push(...typesOf(page));
        const cursor = page.json['nextCursor'] as string | null;
        const link = cursor === null ? undefined : `<${url(`?cursor=${cursor}&limit=2`)}>; rel="next"`;
        expect(page.headers['link']).toBe(link);
        query = cursor === null ? null : `?cursor=${cursor}&limit=2`;
      }
      expect(found).toEqual(expected);
    }
    const { json } = await ask(AUDITOR, '?limit=2');
    const elsewhere = await door.event();
    for (const path of [`/v1/events/${elsewhere}/history`, '/v1/bookings'])
      expect((await door.ask('GET', `${path}?cursor=${String(json['nextCursor'])}`, OFFICE)).json).toMatchObject({
        errors: [{ pointer: '/cursor' }],
      });
  });

  it('begins each page where its cursor stands, whatever the filter', async () => {
    const { store } = door.service;
    const { read } = store;
    const from: number[] = [];
    store.read = (stream, fromRevision, maxCount) => {
      // One record alone: whether there is such an event.
      if (maxCount !== 1) from.push(fromRevision);
      return read.call(store, stream, fromRevision, maxCount);
    };
    try {
      const seen: number[] = [];
      let query = '?limit=1&userId=bob';
      for (let page = await ask(AUDITOR, query); ; page = await ask(AUDITOR, query)) {
        seen.push(...itemsOf(page).map(({ revision }) => revision));
        if (page.json['nextCursor'] === null) break;
        query = `?limit=1&cursor=${String(page.json['nextCursor'])}`;
      }
      expect([seen, from]).toEqual([
        [2, 4, 5],
        [0, 2, 4],
      ]);
    } finally {
      store.read = read;
    }
  });

  it.each([
    ['application/x-ndjson', 'application/x-ndjson; charset=utf-8'],
    ['text/csv', 'text/csv; charset=utf-8; header=present'],
    ['text/html;q=0.9, text/csv;q=0.2, application/json;q=0.1', 'text/csv; charset=utf-8; header=present'],
    ['text/html', 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
  ])('is %s when that is accepted, or else JSON', async (accept, type) => {
    expect((await ask(AUDITOR, '', accept)).headers['content-type']).toBe(type);
  });

  it('is the same as NDJSON and CSV, all at once or a page', async () => {
    const facts = itemsOf(await ask(AUDITOR));
    const lines = (await ask(AUDITOR, '', 'application/x-ndjson')).body.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as Fact)).toEqual(facts);
    const csv = await ask(AUDITOR, '', 'text/csv');
    expect(csv.headers['content-disposition']).toBe(`attachment; filename="history-${eventId}.csv"`);
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[];
    expect(rows.map(({ data }) => JSON.parse(data!) as unknown)).toEqual(facts.map(({ data }) => data));
    expect(rows.map(({ type, position }) => [type, position])).toEqual(
      facts.map(({ type, position }) => [type, position]),
    );
    expect(rows[1]).toMatchObject({ bookingId: adas, userId: 'ada', seats: '2', status: 'held', reason: 'requested' });
    const page = await ask(AUDITOR, '?limit=4', 'text/csv');
    expect(page.body.trimEnd().split('\r\n')).toHaveLength(5);
    expect(page.headers['link']).toMatch(/cursor=.*&limit=4>; rel="next"/);
  });

  it('is not there for an event that is not, and says so of a log that cannot be read', async () => {
    await expectRefused(door, 'not-found', {}, () => door.ask('GET', '/v1/events/nowhere/history', AUDITOR));
    const beyond = { 'holdfast-position': `${door.service.log.identity}-${'9'.repeat(20)}` };
    await expectRefused(door, 'unknown-position', {}, () => ask(AUDITOR, '', 'text/csv', beyond));
    const { store } = door.service;
    const { read } = store;
    store.read = () => {
      throw new StoreUnavailable('away');
    };
    await expectRefused(door, 'store-unavailable', {}, () => ask(AUDITOR, '', 'text/csv')).finally(
      () => (store.read = read),
    );
  });

  it.each([
    ['?bookingId=x', '/bookingId'],
    ['?userId=system:settle', '/userId'],
    ['?limit=0', '/limit'],
    ['?cursor=AAAA', '/cursor'],
    ['?asOf=1', '/asOf'],
  ])('names what is wrong with %s', async (query, pointer) => {
    expect((await ask(AUDITOR, query)).json).toMatchObject({ status: 400, errors: [{ pointer }] });
  });
});

describe('availability as of a moment', () => {
  const asOf = (moment: string | number, as: string | null = AUDITOR): Promise<Response> => {
    const text = typeof moment === 'number' ? new Date(moment).toISOString() : moment;
    return door.ask('GET', `/v1/events/${eventId}/availability?asOf=${encodeURIComponent(text)}`, as);
  };
  const token = (position: bigint): string => `${door.service.log.identity}-${String(position).padStart(20, '0')}`;
  const positions = () =>
    door.service.log.records.filter(({ stream }) => stream.endsWith(eventId)).map(({ position }) => position);

  it('is what the log had said by then, by position and by time', async () => {
    const expected = [
      { taken: 0, held: 0, waiting: 0, free: 2, isBooked: false },
      { taken: 2, held: 2, waiting: 0, free: 0, isBooked: true },
      { taken: 2, held: 2, waiting: 1, free: 0, isBooked: true },
      { taken: 0, held: 0, waiting: 1, free: 2, isBooked: false },
      { taken: 1, held: 1, waiting: 0, free: 1, isBooked: false },
      { taken: 0, held: 0, waiting: 0, free: 2, isBooked: false },
    ];
    for (const [revision, position] of positions().entries()) {
      const { json, headers } = await asOf(token(position));
      const moment = { revision, position: token(position), occurredAt: expect.any(String) };
      expect(json).toEqual({ eventId, capacity: 2, ...expected[revision], asOf: moment });
      expect(headers['holdfast-position']).toBe(token(position));
    }
    for (const [at, revision] of [
      [times[0]!, 0],
      [times[1]! - 1, 0],
      [times[1]!, 1],
      [times[3]! - 1, 2],
      [times[3]!, 4],
      [times[4]!, 5],
    ] as const)
      expect((await asOf(at)).json).toMatchObject({ ...expected[revision], asOf: { revision } });
    const local = new Date(times[1]! + 2 * 3_600_000).toISOString().replace('Z', '+02:00');
    expect((await asOf(local)).json).toMatchObject({ asOf: { revision: 1 } });
  });

  it.each([
    ['before the first fact, by time', () => times[0]! - 1, /scheduled/],
    ['before the first fact, by position', () => token(positions()[0]! - 1n), /scheduled/],
    ['in the future', () => door.service.time.at + 1, /not in the future/],
    ['beyond the end of the log', () => token(10n ** 19n), /position of this log/],
    ['of another log', () => `00000000-${'0'.repeat(19)}1`, /position of this log/],
    ['that is no time', () => 'yesterday', /RFC 3339/],
    ['that is a day', () => '2027-01-01', /RFC 3339/],
    ['without an offset', () => '2027-01-01T00:00:00', /RFC 3339/],
    ['that is empty', () => '', /RFC 3339/],
  ])('is refused for a moment %s, which is named', async (_, moment, expected) => {
    const { json } = await asOf(moment());
    expect(json).toMatchObject({
      ...{ status: 400, code: 'validation-failed' },
      errors: [{ pointer: '/asOf', expected: expect.stringMatching(expected) }],
    });
  });

  it('says where a record cannot be read, and the description says that it may', async () => {
    const { store } = door.service;
    const { read } = store;
    const unreadable = (): never => {
      throw new StreamUnreadable('revision 1: unknown type');
    };
    Object.assign(store, { read: unreadable });
    await expectRefused(door, 'stream-unreadable', {}, () => asOf(times[1]!)).finally(() =>
      Object.assign(store, { read }),
    );
    const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
      paths: Record<string, { get: { responses: Record<number, { description: string }> } }>;
    };
    expect(paths['/v1/events/{eventId}/availability']!.get.responses[503]!.description).toContain('stream-unreadable');
  });

  it('needs audit:read, though the present is for everybody', async () => {
    expect((await asOf(times[1]!, null)).statusCode).toBe(401);
    await expectRefused(door, 'forbidden', {}, () => asOf(times[1]!, 'ada'));
    await expectRefused(door, 'forbidden', {}, () => asOf('yesterday', OFFICE));
    expect((await door.ask('GET', `/v1/events/${eventId}/availability`, null)).json).not.toHaveProperty('asOf');
    const nowhere = `/v1/events/nowhere/availability?asOf=${new Date(times[1]!).toISOString()}`;
    await expectRefused(door, 'not-found', {}, () => door.ask('GET', nowhere, AUDITOR));
  });
});
