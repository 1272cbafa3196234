import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tokenOf } from '../support/load.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';

const STOPPING = new URL('../proof/preloads/points.mjs', import.meta.url).href;
const MANAGER = 'manager event:manage';

let database: TestDatabase;
let stage: Stage;
let apis: Api[];
let pointFile: string;

// The second one can be stopped in the middle of its work, and each has one ledger in memory of its own.
beforeAll(async () => {
  database = await freshDatabase();
  stage = await Stage.migrated();
  pointFile = path.join(stage.dataDir, 'point');
  const settings = { DATABASE_URL: database.url, HOLDFAST_PROOF_POINT_FILE: pointFile };
  apis = await Promise.all([
    stage.api(settings),
    stage.api({ ...settings, PROJECTOR: 'off' }, { preloads: [STOPPING] }),
  ]);
});
afterAll(async () => {
  await stage?.close();
  await database?.drop();
});

interface Told {
  readonly status: number;
  readonly text: string;
  readonly replayed: string | null;
  readonly etag: string | null;
  readonly location: string | null;
}

async function ask(
  api: Api,
  method: string,
  route: string,
  as: string,
  key: string,
  body: object,
  tag = '*',
): Promise<Told> {
  const [subject = '', scope] = as.split(' ');
  const headers: Record<string, string> = {
    authorization: `Bearer ${tokenOf(subject, scope)}`,
    'content-type': 'application/json',
    'idempotency-key': key,
    ...(method === 'PATCH' ? { 'if-match': tag } : {}),
  };
  const reply = await fetch(`${api.url}${route}`, { method, headers, body: JSON.stringify(body) });
  const of = (name: string): string | null => reply.headers.get(name);
  const told = { replayed: of('idempotency-replayed'), etag: of('etag'), location: of('location') };
  return { status: reply.status, text: await reply.text(), ...told };
}

const schedule = (api: Api, eventId: string, key = eventId): Promise<Told> => {
  const startsAt = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000 + 30 * 86_400_000).toISOString();
  const body = { title: eventId, startsAt, capacity: 9, eventId, maxSeatsPerBooking: 4, timeZone: 'Europe/Berlin' };
  return ask(api, 'POST', '/v1/events', MANAGER, key, body);
};

const bookings = (eventId: string): string => `/v1/events/${eventId}/bookings`;
const written = (eventId: string): Promise<string[]> =>
  onServer(database.url, async (client) => {
    const text = 'SELECT type FROM log.events WHERE stream = $1 ORDER BY revision';
    return (await client.query<{ type: string }>(text, [`booking-${eventId}`])).rows.map(({ type }) => type);
  });

test('another process gives the answer of the first to the byte, and refuses the key for anything else', async () => {
  const [one, two] = apis as [Api, Api];
  const first = await schedule(one, 'twice');
  expect(await schedule(two, 'twice')).toEqual({ ...first, replayed: 'true' });
  const change = (api: Api) => ask(api, 'PATCH', '/v1/events/twice', MANAGER, 'change', { title: 'x', capacity: 8 });
  const changed = await change(two);
  expect([changed.status, changed.replayed]).toEqual([200, null]);
  expect(await change(one)).toEqual({ ...changed, replayed: 'true' });
  const book = (api: Api, body: object) => ask(api, 'POST', bookings('twice'), 'ada', 'once', body);
  const booked = await book(one, { seats: 2, reference: 'PO-1' });
  expect(await book(two, { reference: 'PO-1', seats: 2 })).toEqual({ ...booked, replayed: 'true' });
  expect(await book(two, { seats: 3 })).toMatchObject({ status: 422, text: expect.stringContaining('key-reused') });
  expect(await written('twice')).toEqual(['EventScheduled', 'EventRenamed', 'CapacityChanged', 'BookingConfirmed']);
});

test('the same request on both at once has one effect: the expected revision settles it', async () => {
  await schedule(apis[0]!, 'race');
  const asked = Array.from({ length: 24 }, (_, n) => ask(apis[n % 2]!, 'POST', bookings('race'), 'ada', 'once', {}));
  const answers = await Promise.all(asked);
  expect(new Set(answers.map(({ status, text, etag }) => `${status} ${etag} ${text}`)).size).toBe(1);
  expect(answers[0]!.status).toBe(201);
  expect(answers.filter(({ replayed }) => replayed === null)).toHaveLength(1);
  expect(await written('race')).toEqual(['EventScheduled', 'BookingConfirmed']);
});

test('killed between append and reply: on another process the repeat has the original answer, marked', async () => {
  const [one, two] = apis as [Api, Api];
  await schedule(two, 'killed');
  await writeFile(pointFile, 'after append');
  two.signal('SIGUSR2');
  const book = (api: Api) => ask(api, 'POST', bookings('killed'), 'ada', 'once', { seats: 2, hold: true });
  const lost = book(two).then(
    () => 'answered',
    () => 'no answer',
  );
  await two.says(/stopped at after append/);
  expect(await written('killed')).toEqual(['EventScheduled', 'BookingHeld']);
  await two.kill();
  expect(await lost).toBe('no answer');

  const again = await book(one);
  expect([again.status, again.replayed]).toEqual([201, 'true']);
  expect(JSON.parse(again.text)).toMatchObject({ userId: 'ada', seats: 2, status: 'held', revision: 1 });
  expect(await book(one)).toEqual(again);
  // Once more by a process that was not there when it was written.
  apis[1] = await stage.api({ DATABASE_URL: database.url, PROJECTOR: 'off' });
  expect(await book(apis[1])).toEqual(again);
  expect(await written('killed')).toEqual(['EventScheduled', 'BookingHeld']);
});
