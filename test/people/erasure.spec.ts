import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { registerUsers } from '../../src/cli/users.js';
import { registerVerify } from '../../src/cli/verify.js';
import { dumpOf, finds, type Places } from '../support/byte-search.js';
import { run } from '../support/cli.js';
import { tokenOf } from '../support/load.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';

/** What would be known if it were found. Nothing else in this database, or in its server's log, is like it. */
const ZEB = { name: 'Zebedee Quillfeather-Ñandú', email: 'z.quillfeather+x@plume-ledger.example' };
const ISO = { name: "Isolde d'Umbrellamaker", email: 'isolde@umbrella-works.example' };
const PLANTED = [ZEB.name, ZEB.email, ISO.name, ISO.email, 'Quillfeather', 'Umbrellamaker', 'umbrella-works'];
const PROFILES = PLANTED.map((value) => `people.profiles: ${value}`);

const SERVER_LOG = path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'postgres.log');

let database: TestDatabase;
let stage: Stage;
let api: Api;
let logBefore: number;

beforeAll(async () => {
  database = await freshDatabase();
  logBefore = (await stat(SERVER_LOG)).size;
  stage = await Stage.open();
  api = await stage.api({ DATABASE_URL: database.url, LOG_LEVEL: 'trace', LOCK_TIMEOUT_MS: '100' });
});
afterAll(async () => {
  await stage?.close();
  await database?.drop();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

async function ask(
  method: string,
  route: string,
  as: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const [subject = '', ...scopes] = as.split(' ');
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const authorization = `Bearer ${tokenOf(subject, scopes.join(' ') || 'booking')}`;
  const reply = await fetch(`${api.url}${route}`, {
    method,
    headers: { authorization, ...type, ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await reply.text();
  const isJson = /[/+]json/.test(reply.headers.get('content-type') ?? '');
  return {
    status: reply.status,
    text,
    json: isJson ? (JSON.parse(text) as Answer['json']) : {},
    headers: reply.headers,
  };
}

const OFFICE = 'office booking:any';
const MANAGER = 'manager event:manage';
const AUDITOR = 'auditor audit:read';
const BOOKINGS = '/v1/events/gala/bookings';

/** What of the service's answers is not a profile, and is kept by whoever asks for it. */
const EXPORTS: readonly [route: string, as: string, accept: string][] = [
  ['/v1/events/gala/history?limit=200', AUDITOR, 'application/json'],
  ['/v1/events/gala/history', AUDITOR, 'application/x-ndjson'],
  ['/v1/events/gala/history', AUDITOR, 'text/csv'],
  ['/v1/bookings?limit=200', OFFICE, 'application/json'],
  ['/v1/events?limit=200', OFFICE, 'application/json'],
];

async function exported(): Promise<Map<string, string>> {
  const answers = await Promise.all(EXPORTS.map(([route, as, accept]) => ask('GET', route, as, undefined, { accept })));
  return new Map(EXPORTS.map(([route, , accept], index) => [`GET ${route} as ${accept}`, answers[index]!.text]));
}

/** Everything that lasts: the database, what is exported from it, and what service and server have written down. */
async function everything(): Promise<Places> {
  const tables = await onServer(database.url, dumpOf);
  const serverLog = (await readFile(SERVER_LOG)).subarray(logBefore).toString();
  const { text: figures } = await ask('GET', '/metrics', 'operator ops');
  const written = [
    ['figures', figures],
    ['log lines', api.output],
    ["the server's log", serverLog],
  ] as const;
  return new Map([...tables, ...(await exported()), ...written]);
}

const verdict = async (): Promise<unknown> =>
  JSON.parse((await run(registerVerify, { DATABASE_URL: database.url }, 'verify', '--json')).stdout);

/** Until the tables show what was written before. */
async function followed(): Promise<void> {
  const { headers } = await ask('POST', BOOKINGS, `last-${Date.now()}`, {});
  const position = headers.get('holdfast-position')!;
  expect((await ask('GET', '/v1/events', 'any', undefined, { 'holdfast-position': position })).status).toBe(200);
}

/** A profile's values, sent as everything else that takes text. None of it may be taken as it is. */
async function smuggle(user: string, bookingId: string, value: string): Promise<void> {
  const coded = encodeURIComponent(value);
  const mine = `${BOOKINGS}/${bookingId}`;
  const refused: [
    method: string,
    route: string,
    as: string,
    body?: object | undefined,
    headers?: Record<string, string>,
  ][] = [
    ['POST', BOOKINGS, user, { reference: value }],
    ['PATCH', mine, user, { reference: value }],
    ['POST', `${mine}/cancel`, user, { reason: value }],
    ['POST', '/v1/events/gala/cancel', MANAGER, { reason: value }],
    ['POST', BOOKINGS, OFFICE, { userId: value }],
    ['POST', BOOKINGS, user, { [value]: value }],
    ['GET', `/v1/bookings?reference=${coded}`, user],
    ['GET', `/v1/bookings?cursor=${coded}`, user],
    ['GET', `/v1/events/gala/history?userId=${coded}`, AUDITOR],
    ['GET', `/v1/events/${coded}`, user],
    ['POST', '/v1/events', MANAGER, { title: 'x', startsAt: '2030-01-01T00:00:00Z', eventId: value }],
    ['POST', '/v1/events', MANAGER, { title: 'x', startsAt: '2030-01-01T00:00:00Z', resource: value }],
    ['PUT', `/v1/users/${coded}`, OFFICE, ZEB],
    ['PATCH', mine, user, { seats: 1 }, { 'if-match': value }],
    ['GET', mine, user, undefined, { 'holdfast-position': value }],
  ];
  for (const [method, route, as, body, headers] of refused) {
    const { status, json } = await ask(method, route, as, body, headers);
    expect([method, route, status, json['code']]).toEqual([
      ...[method, route, 400, expect.stringMatching(/^(validation-failed|unknown-position)$/)],
    ]);
  }
  expect((await ask('GET', '/v1/bookings', value.replaceAll(' ', ''))).json['code']).toBe('user-id-not-opaque');

  // Whatever ties requests together is replaced by an id of ours; a key is taken, and hashed.
  const ids = { 'x-request-id': value, 'x-correlation-id': value, traceparent: value, 'user-agent': value };
  const others = { ...ids, tracestate: value, referer: value, origin: `https://${coded}`, cookie: value };
  const key = { 'idempotency-key': `"${value.replace(/[^\x21-\x7e]/g, '')}"` };
  for (const status of [201, 201]) {
    const { headers, ...done } = await ask('POST', BOOKINGS, `${user}-${value.length}`, {}, { ...others, ...key });
    expect([done.status, headers.get('x-request-id')]).toEqual([status, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  }
  expect((await ask('POST', '/v1/events/full/bookings', user, {}, { ...others, ...key })).json['code']).toBe(
    'sold-out',
  );
}

/** A profile that could not be written in time is told of in the log, without what is in it. */
async function writeInVain(user: string, profile: object): Promise<void> {
  await onServer(database.url, async (client) => {
    await client.query('BEGIN; LOCK people.profiles');
    const { status, json } = await ask('PUT', `/v1/users/${user}`, user, profile, { 'x-request-id': `vain-${user}` });
    expect([status, json['code']]).toEqual([503, 'store-unavailable']);
  });
  expect(api.output).toMatch(new RegExp(`"correlationId":"vain-${user}".*"msg":"request not served"`));
}

test('a person is in one place before the erasure and in none after it, and nothing else changes', async () => {
  const starts = { startsAt: '2030-01-01T20:00:00Z' };
  for (const event of [
    { eventId: 'gala', title: 'Gala', capacity: 100, ...starts },
    { eventId: 'full', title: 'Full', capacity: 1, ...starts },
  ])
    expect((await ask('POST', '/v1/events', MANAGER, event)).status).toBe(201);
  expect((await ask('POST', '/v1/events/full/bookings', 'first', {})).status).toBe(201);

  for (const [user, profile] of [
    ['u-1', ZEB],
    ['u-2', ISO],
  ] as const) {
    const booked = await ask('POST', BOOKINGS, user, { reference: 'PO-4711', seats: 2 });
    expect(booked.status).toBe(201);
    await writeInVain(user, profile);
    expect((await ask('PUT', `/v1/users/${user}`, user, profile)).status).toBe(201);
    for (const value of [profile.name, profile.email]) await smuggle(user, String(booked.json['bookingId']), value);
    expect((await ask('GET', `/v1/users/${user}`, user)).json).toMatchObject(profile);
  }
  await followed();
  // What autovacuum does some day, and what would then keep samples of the columns.
  await onServer(database.url, (client) => client.query('ANALYZE'));

  const [before, exportsBefore, told] = [await everything(), await exported(), await verdict()];
  expect(finds(before, PLANTED).sort()).toEqual(PROFILES.sort());
  expect(told).toMatchObject({ ok: true, different: 0 });

  const erase = (...words: string[]) => run(registerUsers, { DATABASE_URL: database.url }, 'users', 'erase', ...words);
  expect((await erase('u-1', '--yes', '--by', 'officer')).stdout).toContain('u-1: the profile is erased');
  expect((await ask('DELETE', '/v1/users/u-2', 'officer user:erase')).status).toBe(204);

  const after = await everything();
  expect(finds(after, PLANTED)).toEqual([]);
  expect((await ask('GET', '/v1/users/u-1', 'u-1')).status).toBe(404);
  expect(after.get('people.erasures')).toMatch(/^1\tu-1\t[^\t]+\tofficer\n2\tu-2\t[^\t]+\tofficer$/);
  // History and numbers are as they were, to the byte.
  expect([...after].filter(([place]) => exportsBefore.has(place))).toEqual([...exportsBefore]);
  expect(await verdict()).toEqual(told);

  // Again is quiet.
  expect((await erase('u-1', '--yes')).stdout).toMatch(/^u-1: there is no profile; erased \S+ by officer\n$/);
  expect((await ask('DELETE', '/v1/users/u-2', 'officer user:erase')).status).toBe(204);
  expect((await onServer(database.url, dumpOf)).get('people.erasures')).toBe(after.get('people.erasures'));
});

describe('the search finds what was planted by hand', () => {
  const [name, email] = ['Nobody Handplantée', 'by.hand@plume-ledger.example'];
  const ascii = '{"reason":"Nobody Handplant\\u00e9e"}';
  const inLog = 'ALTER TABLE log.events DISABLE TRIGGER USER; UPDATE log.events SET';

  it.each([
    ['log.events', `${inLog} metadata = json_build_object('correlationId', '${email}') WHERE position = 3`],
    ['log.events', `${inLog} data = '${ascii}' WHERE position = 3`],
    ['log.streams', `INSERT INTO log.streams (stream, revision) VALUES ('${email}', 0)`],
    ['read_model_g1.bookings', `UPDATE read_model_g1.bookings SET reference = '${name.toUpperCase()}'`],
    ['read_model_g1.users', `INSERT INTO read_model_g1.users VALUES ('${encodeURIComponent(name)}')`],
    ['holdfast.migrations', `INSERT INTO holdfast.migrations VALUES ('x', '${btoa(`key ${email}!`)}')`],
    ['elsewhere.notes', `CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.notes AS SELECT '${name}'::bytea AS note`],
  ])('in %s: %s', async (place, sql) => {
    const found = await onServer(database.url, async (client) => {
      await client.query(`BEGIN; ${sql}`);
      return finds(await dumpOf(client), [name, email]);
    });
    expect(found).toEqual([expect.stringMatching(`^${place}: `)]);
  });

  it('in what service and server write down, and in what is exported', async () => {
    const title = `Matinee for ${name}`;
    const matinee = { eventId: 'matinee', title, startsAt: '2030-01-01T20:00:00Z' };
    expect((await ask('POST', '/v1/events', MANAGER, matinee)).status).toBe(201);
    await followed();
    await onServer(database.url, (client) => client.query(`DO $$ BEGIN RAISE LOG 'for ${email}'; END $$`));
    const found = finds(await everything(), [name, email]);
    const exports = [expect.stringContaining('GET /v1/events?limit=200'), `the server's log: ${email}`];
    expect(found).toEqual(expect.arrayContaining([`log.events: ${name}`, `read_model_g1.events: ${name}`, ...exports]));
    const line = JSON.stringify({ level: 'error', err: { detail: `Failing row contains (u-1, ${name})` } });
    expect(finds(new Map([['log lines', `${api.output}${line}\n`]]), [name])).toEqual([`log lines: ${name}`]);
  });
});
