import { FrontDoor, type Response } from '../support/front-door.js';

const OFFICE = 'office booking:any';
const MISSING = '00000000-0000-5000-8000-000000000000';

let door: FrontDoor;
let bookingId: string;
let etag: string;

beforeAll(async () => {
  door = await FrontDoor.open();
  await door.event({ eventId: 'gala', capacity: 9 });
  bookingId = await door.booking('gala', 'ada', { reference: 'PO-1' });
  await door.ask('PUT', '/v1/users/ada', 'ada', { name: 'Ada', email: 'ada@home.example' });
  etag = String((await door.ask('GET', `/v1/events/gala/bookings/${bookingId}`, 'ada')).headers['etag']);
  countReads();
});
afterAll(() => door.close());

const path = (id: string, verb = '', eventId = 'gala'): string => `/v1/events/${eventId}/bookings/${id}${verb}`;

/** How often the stores behind the service were asked. */
const reads = { store: 0, views: 0, profiles: 0 };

function countReads(): void {
  const { store } = door.service;
  const [read, booking, find] = [store.read, door.views.booking, door.profiles.find];
  store.read = (...asked) => ((reads.store += 1), read.apply(store, asked));
  door.views.booking = (...asked) => ((reads.views += 1), booking.apply(door.views, asked));
  door.profiles.find = (...asked) => ((reads.profiles += 1), find.apply(door.profiles, asked));
}

/** All that is seen from outside, and what it cost inside. */
async function told(ask: () => Promise<Response>) {
  const before = { ...reads };
  const { statusCode, headers, body } = await ask();
  const asked = Object.entries(reads).map(([name, count]) => [name, count - before[name as keyof typeof reads]]);
  return { statusCode, body, asked, headers: { ...headers, date: '', 'x-request-id': '' } };
}

describe("other people's bookings", () => {
  const TAGS: readonly [name: string, headers: () => Record<string, string>][] = [
    ['without a tag', () => ({})],
    ['with the tag of the owner', () => ({ 'if-match': etag, 'if-none-match': etag })],
    ['with any tag', () => ({ 'if-match': '*', 'if-none-match': '*' })],
    ['with an old tag', () => ({ 'if-match': '"0-000000"' })],
    ['with the key of the owner', () => ({ 'idempotency-key': 'adas-key' })],
  ];
  const WAYS: readonly [method: string, verb: string, body?: object][] = [
    ['GET', ''],
    ['HEAD', ''],
    ['PATCH', '', { seats: 2 }],
    ['POST', '/confirm', {}],
    ['POST', '/extend', { seconds: 60 }],
    ['POST', '/cancel', { reason: 'mine-now' }],
  ];

  const CASES = WAYS.flatMap(([method, verb, body]) =>
    TAGS.map(([name, headers]) => ({ method, verb, body, name, headers })),
  );

  it.each(CASES)(
    '$method $verb $name are as if there were none, to the byte and to the read',
    async ({ method, verb, body, headers }) => {
      const written = door.written;
      const ask = (id: string, eventId?: string) =>
        told(() => door.ask(method, path(id, verb, eventId), 'bob', body, headers()));
      const [missing, theirs] = [await ask(MISSING), await ask(bookingId)];
      expect(theirs).toEqual(missing);
      expect(theirs.statusCode).toBe(404);
      expect((await ask(bookingId, 'none')).body).toBe(missing.body);
      expect(door.written).toBe(written);
      expect(Object.values(reads).some((count) => count > 0)).toBe(true);
    },
  );

  it('are in no list, history or cursor of anybody else', async () => {
    const items = async (route: string, as = 'bob') => (await door.ask('GET', route, as)).json;
    await door.booking('gala', 'bob');
    const own = await items('/v1/bookings');
    expect(own['items']).toMatchObject([{ userId: 'bob' }]);
    for (const query of ['reference=PO-1', 'eventId=gala&status=confirmed&reference=PO-1'])
      expect(await items(`/v1/bookings?${query}`)).toEqual({ items: [], nextCursor: null });
    for (const id of [bookingId, MISSING])
      expect(await items(`/v1/events/gala/history?bookingId=${id}`)).toEqual({ items: [], nextCursor: null });
    const { nextCursor } = await items('/v1/bookings?limit=1', OFFICE);
    const byCursor = await items(`/v1/bookings?cursor=${String(nextCursor)}`);
    expect(JSON.stringify(byCursor)).not.toMatch(/ada|PO-1/);
    for (const userId of ['ada', 'nobody'])
      for (const route of [`/v1/bookings?userId=${userId}`, `/v1/events/gala/history?userId=${userId}`])
        expect((await door.ask('GET', route, 'bob')).json['code']).toBe('forbidden');
    for (const userId of ['ada', 'nobody'])
      expect((await door.ask('POST', '/v1/events/gala/bookings', 'bob', { userId })).json['code']).toBe('forbidden');
  });

  it('are not changed by whoever knows the key with which they were made', async () => {
    await door.event({ eventId: 'keyed', capacity: 9 });
    const book = (as: string) =>
      door.ask('POST', '/v1/events/keyed/bookings', as, {}, { 'idempotency-key': 'the-same' });
    const [ada, bob] = [await book('ada'), await book('bob')];
    expect([ada.json['userId'], bob.json['userId']]).toEqual(['ada', 'bob']);
    expect(bob.headers['idempotency-replayed']).toBeUndefined();
  });

  it.each(['GET', 'HEAD', 'PUT'])(
    'are like their profiles: %s of somebody else is 404, known or not',
    async (method) => {
      const body = method === 'PUT' ? { name: 'Eve' } : undefined;
      const ask = (user: string) => told(() => door.ask(method, `/v1/users/${user}`, 'bob', body));
      const [theirs, missing] = [await ask('ada'), await ask('nobody')];
      expect(theirs).toEqual(missing);
      expect(theirs.statusCode).toBe(404);
    },
  );
});

describe('a reader who has the tag', () => {
  const read = (as: string, id: string, tag: string) =>
    door.ask('GET', path(id, '', 'small'), as, undefined, { 'if-none-match': tag });
  let mine: string;
  let tag: string;

  beforeAll(async () => {
    await door.event({ eventId: 'small', capacity: 1 });
    mine = await door.booking('small', 'ada');
    tag = String((await read('ada', mine, '"x"')).headers['etag']);
  });

  it('of a booking is answered 304 with tag and position, in every form of the tag', async () => {
    for (const sent of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const { statusCode, body, headers } = await read('ada', mine, sent);
      expect([sent, statusCode, body, headers['etag']]).toEqual([sent, 304, '', tag]);
      expect(headers['holdfast-position']).toMatch(/./);
    }
    expect(
      (await door.ask('HEAD', path(mine, '', 'small'), OFFICE, undefined, { 'if-none-match': tag })).statusCode,
    ).toBe(304);
    expect((await read('ada', mine, '"other"')).statusCode).toBe(200);
    expect((await read('bob', mine, tag)).statusCode).toBe(404);
  });

  it('gets a turn in the line, and a hold, whole: both change without it', async () => {
    const line = await door.booking('small', 'bob', { waitlist: true });
    const hold = await door.ask('POST', '/v1/events/gala/bookings', 'cyd', { hold: true });
    for (const [as, id, eventId] of [
      ['bob', line, 'small'],
      ['cyd', hold.json['bookingId'] as string, 'gala'],
    ] as const)
      expect((await door.ask('GET', path(id, '', eventId), as, undefined, { 'if-none-match': '*' })).statusCode).toBe(
        200,
      );
  });

  it('sees a change at once', async () => {
    await door.ask('PATCH', path(mine, '', 'small'), 'ada', { reference: 'PO-2' });
    const { statusCode, headers } = await read('ada', mine, tag);
    expect(statusCode).toBe(200);
    expect(headers['etag']).not.toBe(tag);
  });
});
