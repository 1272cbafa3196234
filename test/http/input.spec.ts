import { RULES } from '../../src/infrastructure/http/fields.js';
import { parseJsonObject } from '../../src/infrastructure/http/json-body.js';
import { HttpProblem } from '../../src/infrastructure/http/problems.js';
import { FIRST_INSTANT, LAST_INSTANT } from '../../src/infrastructure/instant.js';
import { FrontDoor } from '../support/front-door.js';

const MANAGER = 'manager event:manage';
const OFFICE = 'office booking:any';
const STARTS = '2030-06-01T18:00:00Z';
const NUL = '\\u0000';
const LONE = '\\ud800';

let door: FrontDoor;
let eventId: string;
let booking: string;

beforeAll(async () => {
  door = await FrontDoor.open();
  eventId = await door.event({ capacity: 10, eventId: 'input' });
  booking = `/v1/events/${eventId}/bookings/${await door.booking(eventId, 'ada', { hold: true })}`;
});
afterAll(() => door.close());

/** Values of the wrong kind for anything that is one kind of thing. */
const NOT_TEXT = [1, true, [], {}, ['x'], null];
const NOT_NUMBER = ['1', true, [], {}, 1.5, -1, 1e300, null, ''];
const NOT_BOOLEAN = ['true', 1, 0, [], {}, null, ''];
const NOT_INSTANT = [
  ...['', 'tomorrow', '2030-06-01', '2030-06-01T18:00:00', '2030-06-01 18:00:00Z', '2030-02-29T18:00:00Z'],
  ...['2030-06-31T18:00:00Z', '2030-13-01T18:00:00Z', '2030-06-01T24:00:00Z', '2030-06-01T18:60:00Z'],
  ...['2030-06-01T18:00:60Z', '2030-06-01T18:00:00+24:00', '1999-12-31T23:59:59Z', '9999-01-01T00:00:00Z'],
  ...['2000-01-01T00:30:00+01:00', '+002030-06-01T18:00:00Z', ' 2030-06-01T18:00:00Z', '2030-06-01T18:00:00.Z'],
];
const NOT_CODE = ['', 'ö', 'a b', 'x'.repeat(65), 'a/b', 'a\n', '<b>'];
const NOT_ID = ['', 'ö', 'a b', 'x'.repeat(65), 'a.b', '../x'];
const NOT_USER = ['', 'ö', 'a b', 'x'.repeat(129), 'a@b.example', 'system:settle', 'system:'];

/** Each field with what it refuses. */
const EVENT_FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  title: [...NOT_TEXT, '', '   ', 'x'.repeat(201), 'a\tb', 'a\u007f'],
  startsAt: [...NOT_TEXT, ...NOT_INSTANT],
  endsAt: [...NOT_TEXT, ...NOT_INSTANT],
  salesOpenAt: [...NOT_TEXT, ...NOT_INSTANT],
  salesCloseAt: [...NOT_TEXT, ...NOT_INSTANT],
  cancelUntil: [...NOT_TEXT, ...NOT_INSTANT],
  capacity: [...NOT_NUMBER, 0, 1_000_001],
  timeZone: [
    ...[...NOT_TEXT, '', 'Mars/Olympus', '+01:00', 'GMT+5', 'Europe/', 'x'.repeat(99)],
    // Intl knows them, and the IANA does not.
    ...['PST', 'pst', 'IST', 'BST', 'CST', 'AST', 'NST', 'ACT', 'ART', 'JST', 'SystemV/PST8PDT'],
  ],
  resource: [...NOT_TEXT, ...NOT_CODE],
  eventId: [...NOT_TEXT, ...NOT_ID],
  holdSeconds: [...NOT_NUMBER, 29, 7_201],
  offerSeconds: [...NOT_NUMBER, 299, 604_801],
  maxSeatsPerBooking: [...NOT_NUMBER, 0, 1_001],
  waitlistLimit: [...NOT_NUMBER, 10_001],
  unknown: [1],
  ...{ toString: [1], hasOwnProperty: [1] },
};
const CLEARED = new Set([
  ...['endsAt', 'salesOpenAt', 'salesCloseAt', 'cancelUntil'],
  ...['holdSeconds', 'offerSeconds', 'maxSeatsPerBooking', 'waitlistLimit'],
]);

const BOOKING_FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  seats: [...NOT_NUMBER, 0, 1_001],
  hold: NOT_BOOLEAN,
  waitlist: NOT_BOOLEAN,
  holdSeconds: [...NOT_NUMBER, 29, 7_201],
  reference: [...NOT_TEXT, ...NOT_CODE],
  userId: [...NOT_TEXT, ...NOT_USER],
  unknown: [1],
};

interface Case {
  readonly route: string;
  readonly ask: (body: unknown) => ReturnType<FrontDoor['ask']>;
  readonly rest: object;
  readonly fields: Readonly<Record<string, readonly unknown[]>>;
}

const without = (fields: Readonly<Record<string, readonly unknown[]>>, ...names: string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const CASES: readonly Case[] = [
  {
    route: 'POST /v1/events',
    ask: (body) => door.ask('POST', '/v1/events', MANAGER, body),
    rest: { title: 'x', startsAt: STARTS },
    fields: EVENT_FIELDS,
  },
  {
    route: 'PATCH /v1/events/:eventId',
    ask: (body) => door.ask('PATCH', `/v1/events/${eventId}`, MANAGER, body, { 'if-match': '*' }),
    rest: {},
    fields: {
      ...Object.fromEntries(
        Object.entries(without(EVENT_FIELDS, 'timeZone', 'resource', 'eventId')).map(([name, values]) => [
          name,
          CLEARED.has(name) ? values.filter((value) => value !== null) : values,
        ]),
      ),
      timeZone: ['UTC'],
      resource: ['room-1'],
      eventId: ['other'],
    },
  },
  {
    route: 'POST /v1/events/:eventId/cancel',
    ask: (body) => door.ask('POST', `/v1/events/${eventId}/cancel`, MANAGER, body),
    rest: {},
    fields: { reason: [...NOT_TEXT, ...NOT_CODE], unknown: [1] },
  },
  {
    route: 'POST /v1/events/:eventId/bookings',
    ask: (body) => door.ask('POST', `/v1/events/${eventId}/bookings`, OFFICE, body),
    rest: { hold: true },
    fields: BOOKING_FIELDS,
  },
  {
    route: 'PATCH …/bookings/:bookingId',
    ask: (body) => door.ask('PATCH', booking, 'ada', body),
    rest: {},
    fields: { seats: BOOKING_FIELDS['seats']!, reference: [1, true, [], {}, ...NOT_CODE], hold: [true], unknown: [1] },
  },
  {
    route: 'POST …/extend',
    ask: (body) => door.ask('POST', `${booking}/extend`, 'ada', body),
    rest: { seconds: 60 },
    fields: { seconds: [...NOT_NUMBER, 0, 7_201], unknown: [1] },
  },
  {
    route: 'POST …/confirm',
    ask: (body) => door.ask('POST', `${booking}/confirm`, 'ada', body),
    rest: {},
    fields: { unknown: [1], seats: [1] },
  },
  {
    route: 'POST …/cancel',
    ask: (body) => door.ask('POST', `${booking}/cancel`, 'ada', body),
    rest: {},
    fields: { reason: [...NOT_TEXT, ...NOT_CODE], unknown: [1] },
  },
];

describe.each(CASES)('$route', ({ ask, rest, fields }) => {
  it.each(Object.entries(fields))('names %s when it is wrong', async (name, values) => {
    const before = door.written;
    for (const value of values) {
      const { statusCode, json } = await ask({ ...rest, [name]: value });
      expect({ value, statusCode, json }).toEqual({
        ...{ value, statusCode: 400 },
        json: expect.objectContaining({
          code: 'validation-failed',
          errors: [{ pointer: `/${name}`, expected: expect.stringMatching(/./) }],
        }),
      });
    }
    expect(door.written).toBe(before);
  });

  it('takes one object and nothing that hides in it', async () => {
    const before = door.written;
    const deep = (depth: number): string => `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const bad: [body: string | Buffer, pointer: string][] = [
      ...(['[]', '1', '"x"', 'null', 'true', '{', '{"x":1,}', '{x:1}', ' ', '\ufeff{}'] as const).map(
        (body): [string, string] => [body, ''],
      ),
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), ''],
      [`{"title":"a${NUL}b"}`, '/title'],
      [`{"reference":"${LONE}"}`, '/reference'],
      [`{"x":{"y~/z":["ok","${NUL}"]}}`, '/x/y~0~1z/1'],
      [`{"${NUL}":1}`, '/\0'],
      ['{"seats":1,"seats":1}', '/seats'],
      ['{"seats":1,"\\u0073eats":2}', '/seats'],
      ['{"x":[{"a":1,"b":2},{"a":1,"a":2}]}', '/x/1/a'],
      ['{"__proto__":{"scopes":"all"}}', '/__proto__'],
      ['{"x":{"constructor":1}}', '/x/constructor'],
      ['{"seats":9007199254740993}', '/seats'],
      ['{"seats":-9007199254740993}', '/seats'],
      ['{"seats":1e400}', '/seats'],
      [deep(32), `/x${'/0'.repeat(31)}`],
      [deep(10_000), `/x${'/0'.repeat(31)}`],
    ];
    for (const [body, pointer] of bad) {
      const { statusCode, json } = await ask(body);
      const errors = [{ pointer, expected: expect.stringMatching(/./) }];
      expect({ body, statusCode, json }).toEqual({ body, statusCode: 400, json: expect.objectContaining({ errors }) });
    }
    expect(door.written).toBe(before);
  });
});

describe('a time zone', () => {
  it.each([
    ...['UTC', 'GMT', 'EST', 'MST', 'HST', 'CET', 'MET', 'EET', 'WET', 'UCT', 'PRC', 'ROK', 'est'],
    ...['EST5EDT', 'CST6CDT', 'MST7MDT', 'PST8PDT', 'Cuba', 'Japan', 'Etc/GMT+12', 'US/Pacific', 'europe/berlin'],
  ])('of the IANA is taken as it is: %s', async (timeZone) => {
    const made = await door.ask('POST', '/v1/events', MANAGER, { title: 'x', startsAt: STARTS, timeZone });
    expect([made.statusCode, made.json['timeZone']]).toEqual([201, timeZone]);
  });

  it('of three letters is one of the IANA’s, and every one that Intl names is taken', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const ofThree = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
    const taken = ofThree.filter((name) => RULES.timeZone.test(name));
    expect(taken.join(' ')).toBe('CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET');
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !RULES.timeZone.test(name))).toEqual([]);
  });
});

describe('paths and queries', () => {
  it.each([
    ['/v1/events/a%20b', null, '/eventId'],
    ['/v1/events/a%00b', null, '/eventId'],
    ['/v1/events/a%2Fb/availability', null, '/eventId'],
    [`/v1/events/${'x'.repeat(65)}`, null, '/eventId'],
    [`/v1/events/${'x'.repeat(9_000)}`, null, '/eventId'],
    ['/v1/events/x/bookings/not-a-uuid', 'ada', '/bookingId'],
    ['/v1/events/a.b/bookings/not-a-uuid', 'ada', '/eventId'],
    ['/v1/events?limit=0', null, '/limit'],
    ['/v1/events?limit=201', null, '/limit'],
    ['/v1/events?limit=1e1', null, '/limit'],
    ['/v1/events?limit=5&limit=6', null, '/limit'],
    ['/v1/events?from=2030', null, '/from'],
    ['/v1/events?available=yes', null, '/available'],
    ['/v1/events?status=held', null, '/status'],
    ['/v1/events?resource=%00', null, '/resource'],
    ['/v1/events?__proto__=1', null, '/__proto__'],
    ['/v1/events?constructor=x', null, '/constructor'],
    ['/v1/events?hasOwnProperty=x', null, '/hasOwnProperty'],
    ['/v1/events/input/availability?constructor=x', null, '/constructor'],
    ['/v1/bookings?constructor=x', 'ada', '/constructor'],
    ['/v1/feed?constructor=x', 'ada', '/constructor'],
    ['/v1/events?cursor=%7B%7D', null, '/cursor'],
    ['/v1/events/input?verbose=1', null, '/verbose'],
    ['/v1/events/input/availability?asOf=2030-01-01T00:00:00Z', 'eve audit:read', '/asOf'],
    ['/v1/bookings?userId=system:settle', OFFICE, '/userId'],
    ['/v1/bookings?status=free', OFFICE, '/status'],
    ['/v1/bookings?eventId=a.b', OFFICE, '/eventId'],
    ['/v1/bookings?other=1', OFFICE, '/other'],
  ])('%.60s', async (url, as, pointer) => {
    const { statusCode, json } = await door.ask('GET', url, as);
    expect([statusCode, json]).toEqual([
      400,
      expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
    ]);
  });

  it('name every field that is unknown beside those that are wrong', async () => {
    const { json } = await door.ask('GET', '/v1/events?constructor=x&limit=0&valueOf=x', null);
    const pointers = (json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers).toEqual(['/constructor', '/valueOf', '/limit']);
  });

  it('take no hold time without a hold', async () => {
    const { json } = await door.ask('POST', `/v1/events/${eventId}/bookings`, 'bob', { holdSeconds: 60 });
    expect(json).toMatchObject({ errors: [{ pointer: '/holdSeconds' }] });
  });
});

describe('a cursor of nobody’s making', () => {
  const forged = (list: string, at: unknown, filters: object = {}): string => {
    const token = list === 'webhooks' ? '' : `${door.service.log.identity}-${'0'.repeat(20)}`;
    const parts = [list, filters, at, '00000000-0000-4000-8000-000000000000', token];
    return Buffer.from(JSON.stringify(parts)).toString('base64url');
  };

  it.each([
    ['events', '/v1/events', null],
    ['bookings', '/v1/bookings', 'ada'],
    ['webhooks', '/v1/webhooks', 'op ops'],
  ])('of %s names no instant but those that the house knows', async (list, path, as) => {
    const ask = (at: unknown) => door.ask('GET', `${path}?cursor=${forged(list, at)}`, as);
    for (const at of [8.64e15, LAST_INSTANT + 1, FIRST_INSTANT - 1, -1, -8.64e15, 1.5, '0', null]) {
      const { statusCode, json } = await ask(at);
      const errors = [{ pointer: '/cursor', expected: expect.any(String) }];
      expect({ at, statusCode, json }).toEqual({ at, statusCode: 400, json: expect.objectContaining({ errors }) });
    }
    for (const at of [FIRST_INSTANT, LAST_INSTANT]) expect((await ask(at)).statusCode).toBe(200);
  });

  it('says no field that a query could not say', async () => {
    for (const name of ['constructor', 'hasOwnProperty', 'other']) {
      const filters = { [name]: 'x' };
      const { json } = await door.ask('GET', `/v1/events?cursor=${forged('events', FIRST_INSTANT, filters)}`, null);
      expect(json).toMatchObject({ status: 400, errors: [{ pointer: `/${name}` }] });
    }
  });
});

describe('the order of checks', () => {
  const big = JSON.stringify({ reason: 'x'.repeat(70_000) });
  const path = '/v1/events/input/bookings';
  const bookingMissing = `${path}/00000000-0000-4000-8000-000000000000`;

  it.each([
    ['a token comes before the size', 'POST', path, null, big, {}, 401],
    ['a token comes before an unknown path', 'GET', '/nothing', null, undefined, {}, 401],
    ['a token comes before a wrong method', 'DELETE', '/v1/events', null, undefined, {}, 401],
    ['a token comes before a path that cannot be read', 'GET', '/v1/%ff', null, undefined, {}, 401],
    ['then an unknown path', 'POST', '/nothing', 'ada', big, {}, 404],
    ['then a path that cannot be read', 'GET', '/v1/%ff', 'ada', undefined, {}, 404],
    ['then a wrong method', 'PUT', path, 'ada', big, {}, 405],
    ['then the size', 'POST', path, 'ada event:manage', big, {}, 413],
    ['then the media type', 'POST', path, 'ada event:manage', 'x=1', { 'content-type': 'text/plain' }, 415],
    ['or its absence', 'POST', path, 'ada', Buffer.from('{}'), { 'content-type': '' }, 415],
    ['or its encoding', 'POST', path, 'ada', '{}', { 'content-encoding': 'gzip' }, 415],
    ['then syntax before the route’s scope', 'POST', path, 'ada event:manage', '{', {}, 400],
    ['then the route’s scope before fields', 'POST', path, 'ada event:manage', { seats: 0 }, {}, 403],
    ['then fields before a field’s scope', 'POST', path, 'ada', { seats: 0, userId: 'bob' }, {}, 400],
    ['then a field’s scope before existence', 'POST', '/v1/events/none/bookings', 'ada', { userId: 'bob' }, {}, 403],
    ['then existence before If-Match', 'PATCH', bookingMissing, 'ada', {}, { 'if-match': '"0-000000"' }, 404],
    ['and before its absence', 'PATCH', '/v1/events/none', MANAGER, {}, {}, 404],
    ['then If-Match before rules', 'PATCH', '/v1/events/input', MANAGER, { capacity: 1 }, {}, 428],
    [
      'whether it is there or wrong',
      'PATCH',
      '/v1/events/input',
      MANAGER,
      { capacity: 1 },
      { 'if-match': '"0-000000"' },
      412,
    ],
  ])('%s', async (_, method, url, as, body, headers, status) => {
    const before = door.written;
    const {
      statusCode,
      json,
      headers: answered,
    } = await door.ask(method, url, as, body, headers as Record<string, string>);
    expect([statusCode, json['status']]).toEqual([status, status]);
    expect(answered['content-type']).toBe('application/problem+json');
    expect(door.written).toBe(before);
  });

  it('a body that was compressed is refused for that, not for its type alone', async () => {
    const ask = (encoding: string) => door.ask('POST', path, 'eve', '{}', { 'content-encoding': encoding });
    expect((await ask('gzip')).json['detail']).toBe('Send application/json, without Content-Encoding.');
    expect((await ask('Identity')).statusCode).toBe(201);
  });

  it('a body may be absent where nothing needs to be said', async () => {
    expect((await door.ask('POST', path, 'cid')).statusCode).toBe(201);
    expect((await door.ask('POST', path, 'dan', '')).statusCode).toBe(201);
  });
});

describe('the reader of JSON', () => {
  it.each([
    '{}',
    '{"a":[1,-0.5e-3,{"b":[]},"x\\"y\\\\","{[,:]}"],"c":{"a":1,"A":1}}',
    '{"emoji":"\\ud83d\\ude00","😀":9007199254740991, "n" : null}',
  ])('takes %s as JSON.parse does', (text) => {
    expect(parseJsonObject(Buffer.from(text))).toEqual(JSON.parse(text));
  });

  it('takes no name twice', () => {
    expect(() => parseJsonObject(Buffer.from('{"a":1,"a":1}'))).toThrow(HttpProblem);
  });
});
