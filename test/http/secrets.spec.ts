import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';
import { tokenOf } from '../support/load.js';
import { SECRET, Stage, type Api } from '../support/processes.js';

let database: TestDatabase;
let stage: Stage;
let api: Api;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await Stage.open();
  const settings = {
    LOG_LEVEL: 'trace',
    METRICS_TOKEN: 'hush-metrics',
    OUTCOME_DEADLINE_MS: '300',
    QUEUE_AGE_MS: '400',
  };
  api = await stage.api({ DATABASE_URL: database.url, ...settings });
});
afterAll(async () => {
  await stage?.close();
  await database?.drop();
});

interface Sent {
  readonly method?: string;
  readonly token?: string;
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

let answered = 0;

async function send(route: string, { method = 'GET', token, body, headers = {} }: Sent = {}): Promise<number> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? null);
  const answer = await fetch(`${api.url}${route}`, {
    method,
    headers: { ...authorization, ...type, ...headers },
    body: text,
  });
  await answer.arrayBuffer();
  answered += 1;
  return answer.status;
}

/** The line for it, of what is sent as it stands. */
async function sendRaw(text: string): Promise<void> {
  const { port } = new URL(api.url);
  await new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1')
      .on('close', resolve)
      .on('data', () => undefined);
    socket.on('error', () => undefined).end(text);
  });
  answered += 1;
}

/** Until every request has its line. */
async function lines(): Promise<Record<string, unknown>[]> {
  for (let waited = 0; waited < 10_000; waited += 10) {
    const all = api.output.split('\n').filter((line) => line.startsWith('{'));
    const requests = all.filter((line) => line.includes('"requestId"') && !line.includes('"audit"'));
    if (requests.length >= answered) return all.map((line) => JSON.parse(line) as Record<string, unknown>);
    await sleep(10);
  }
  throw new Error(`fewer lines than ${answered} requests:\n${api.output}`);
}

const BOOKINGS = '/v1/events/gala/bookings';

it('plants secrets in every place of a request, and finds none in what the process writes', async () => {
  let planted = 0;
  const hush = (): string => `hush${String((planted += 1)).padStart(3, '0')}`;
  const starts = { title: hush(), startsAt: '2030-01-01T00:00:00Z', capacity: 50, eventId: 'gala' };
  const manager = tokenOf('manager', 'event:manage');
  const ada = tokenOf('ada', 'booking');
  expect(await send('/v1/events', { method: 'POST', token: manager, body: starts })).toBe(201);

  const headers = Object.fromEntries(
    [
      ...['cookie', 'x-api-key', 'x-forwarded-for', 'user-agent', 'referer', 'origin', 'tracestate', 'accept', 'from'],
      ...['idempotency-key', 'if-match', 'if-none-match', 'holdfast-position', 'x-correlation-id', 'x-forwarded-host'],
    ].map((name) => [name, hush()]),
  );
  const strange = { traceparent: hush(), 'x-request-id': `${hush()} with a blank` };
  for (const token of [undefined, ada, manager, hush(), `${ada}${hush()}`, ada.replace(/\.[^.]+$/, `.${hush()}`)]) {
    await send(`/v1/events/${hush()}?${hush()}=${hush()}&token=${ada}`, { ...(token ? { token } : {}), headers });
    await send(`/${hush()}/%zz${hush()}`, { ...(token ? { token } : {}), headers: strange });
    await send(BOOKINGS, {
      method: 'POST',
      ...(token ? { token } : {}),
      body: { reference: hush(), [hush()]: hush() },
      headers,
    });
  }
  for (const authorization of [`Basic ${hush()}`, hush(), `Token ${hush()}`, 'Bearer hush-metrics'])
    await send('/metrics', { headers: { authorization } });
  await send('/v1/bookings', { token: tokenOf(`${hush()}@home.example`, `booking ${hush()}`) });

  const post = { method: 'POST', token: ada };
  expect(await send(BOOKINGS, { ...post, body: { reference: hush() }, headers: { 'idempotency-key': hush() } })).toBe(
    201,
  );
  for (const body of [
    `{"seats": ${hush()}}`,
    `{"a":"${hush()}","a":1}`,
    `"${hush()}`,
    { userId: `${hush()} x` },
    { seats: hush() },
  ])
    expect(await send(BOOKINGS, { ...post, body })).toBe(400);
  await send(BOOKINGS, { ...post, body: hush(), headers: { 'content-type': `text/${hush()}` } });
  await send(BOOKINGS, { ...post, body: { a: hush().repeat(20_000) } });
  for (const id of [hush(), `%22${hush()}`, `${hush()}%0d%0a{"level":"info"}`])
    await send(`${BOOKINGS}/${id}/cancel`, { ...post, body: { reason: hush() } });
  for (const query of [`cursor=${hush()}`, `reference=${hush()}`, `limit=${hush()}`])
    await send(`/v1/bookings?${query}`, post);
  const profile = { name: `Ada ${hush()}`, email: `${hush()}@home.example` };
  expect(await send('/v1/users/ada', { method: 'PUT', token: ada, body: profile })).toBe(201);
  expect(await send('/v1/users/ada', { token: ada })).toBe(200);

  // The database quotes rows in what it says of them.
  await onServer(database.url, async (client) => {
    const raise = (code: string) => `
      CREATE OR REPLACE FUNCTION people.quote() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '%', NEW USING DETAIL = NEW::text, HINT = NEW::text, ERRCODE = '${code}'; END $$`;
    await client.query(raise('22P02'));
    for (const table of ['people.profiles', 'log.events'])
      await client.query(
        `CREATE TRIGGER quote BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION people.quote()`,
      );
    for (const code of ['22P02', '23514', 'P0001']) {
      await client.query(raise(code));
      const put = { method: 'PUT', token: ada, body: { name: hush(), email: `${hush()}@home.example` } };
      expect(await send('/v1/users/ada', put)).toBeGreaterThanOrEqual(500);
      const book = { ...post, token: tokenOf(`u-${code}`, 'booking'), body: { reference: hush() } };
      expect(await send(BOOKINGS, book)).toBeGreaterThanOrEqual(500);
    }
  });

  await sendRaw(`GET /${hush()} HTTP/1.1\r\nhost: x\r\n${hush()}\u0001: y\r\n\r\n`);
  await sendRaw(`${hush()}\r\n\r\n`);

  const all = await lines();
  expect(planted).toBeGreaterThan(90);
  expect(api.output.match(/.{0,80}hush.{0,20}/g)).toBeNull();
  for (const word of [SECRET, 'home.example', ...ada.split('.'), ...manager.split('.').slice(1)])
    expect(api.output).not.toContain(word);
  expect(api.output).toMatch(/SQLSTATE 22P02/);
  const requests = all.filter(({ requestId, audit }) => requestId !== undefined && audit === undefined);
  expect(requests).toHaveLength(answered);
  const levelOf = (status: unknown): string => (status === 503 ? 'warn' : Number(status) >= 500 ? 'error' : 'info');
  for (const { level, status } of requests) expect([status, level]).toEqual([expect.any(Number), levelOf(status)]);
  // What was no HTTP at all.
  expect(requests.filter(({ method }) => method === null).map(({ status }) => status)).toEqual([400, 400]);
  expect(all.filter(({ audit }) => audit === true).length).toBeGreaterThan(5);
});

it('writes one line for each request, whatever stands in it', async () => {
  await lines();
  const before = api.output.length;
  const evil = [
    '\u001b[2J',
    '\u2028{"level":"fatal"}',
    '","level":"fatal","x":"',
    '\\n{"forged":true}',
    '%0d%0a{"forged":true}',
  ];
  const { port } = new URL(api.url);
  const sent = [];
  for (const text of evil) {
    const value = Buffer.from(text).toString('latin1').replaceAll('\u001b', '\t');
    const path = encodeURIComponent(text);
    const head = `host: x\r\nconnection: close\r\nx-request-id: ${value}\r\ntraceparent: ${value}\r\nuser-agent: ${value}\r\n`;
    sent.push(`GET /v1/events/${path}?${path} HTTP/1.1\r\n${head}authorization: ${value}\r\n\r\n`);
    sent.push(`GET /${path} HTTP/1.1\r\n${head}\r\n`);
  }
  for (const text of sent) {
    await new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1')
        .on('close', resolve)
        .on('data', () => undefined);
      socket.write(text, 'latin1');
    });
    answered += 1;
  }
  await lines();
  const written = api.output.slice(before).trimEnd();
  // However a reader breaks lines: there is no other character that any of them would break at.
  const broken = written.split(/[\n\v\f\u0085\u2028\u2029]/).map((line) => JSON.parse(line) as object);
  expect(broken.filter((line) => !('audit' in line))).toHaveLength(sent.length);
  expect(written).not.toMatch(/fatal|forged/);
  // eslint-disable-next-line no-control-regex
  expect(written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

it('is complete after SIGTERM', async () => {
  await Promise.all(Array.from({ length: 50 }, () => send('/health/live')));
  await api.stop();
  expect(api.output.match(/"route":"\/health\/live"/g)).toHaveLength(50);
});
