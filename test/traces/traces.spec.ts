import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonLogger } from '../../src/infrastructure/logger.js';
import { openTracing } from '../../src/infrastructure/tracing/open.js';
import { schedule, tokenOf } from '../support/load.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api, type Program } from '../support/processes.js';
import { Receiver, type Arrived } from './receiver.js';

/** Says on SIGUSR2 how many modules of OpenTelemetry are loaded. */
const COUNTING = `data:text/javascript,${encodeURIComponent(
  "import { createRequire } from 'node:module'; const { cache } = createRequire('file:///');" +
    "process.on('SIGUSR2', () => console.log('loaded', Object.keys(cache).filter((file) => file.includes('/@opentelemetry/')).length, 'of', Object.keys(cache).length));",
)}`;
const CROWD = 24;

let stage: Stage;
let database: TestDatabase;
let receiver: Receiver;
let api: Api;
let projector: Program;

beforeAll(async () => {
  [database, receiver, stage] = await Promise.all([freshDatabase(), Receiver.open(), Stage.open()]);
  // Nothing is sent before a process stops.
  const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '600000' };
  const settings = { DATABASE_URL: database.url, ...traces };
  [api, projector] = await Promise.all([
    stage.api({ ...settings, PROJECTOR: 'off' }, { preloads: [COUNTING] }),
    stage.projector(settings),
  ]);
});

afterAll(async () => {
  await stage?.close();
  await receiver?.close();
  await database?.drop();
});

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const theirs = (flags = '01') => ({ traceId: hex(16), spanId: hex(8), flags });
const traceparentOf = ({ traceId, spanId, flags }: ReturnType<typeof theirs>) => `00-${traceId}-${spanId}-${flags}`;

async function ask(url: string, method: string, path: string, user: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${tokenOf(user)}`, 'idempotency-key': user, ...headers },
  });
  expect([200, 201]).toContain(answer.status);
  await answer.text();
  return answer;
}

const book = (user: string, traceparent: string) =>
  ask(api.url, 'POST', '/v1/events/opera/bookings', user, { traceparent });

/** What the log says of the records that belong to a trace. */
async function logged(traceId: string): Promise<string[]> {
  const text = `SELECT metadata->>'traceparent' AS cause FROM log.events WHERE metadata->>'traceparent' LIKE $1`;
  return onServer(database.url, async (client) => {
    const { rows } = await client.query<{ cause: string }>(text, [`00-${traceId}-%`]);
    return rows.map(({ cause }) => cause);
  });
}

test('traces lead from the request over command and append to the projector, and are sent when the processes stop', async () => {
  const [one, hidden, read] = [theirs(), theirs('00'), theirs()];
  const crowd = Array.from({ length: CROWD }, () => theirs());
  await schedule(api.url, 'opera', 100);
  // Its fact is folded by itself, so that the next one is the first of a batch.
  while ((await fetch(`${api.url}/v1/events/opera`)).status !== 200) await sleep(5);
  await book('ada', traceparentOf(one));
  await book('eve', traceparentOf(hidden));
  await Promise.all(crowd.map((own, n) => book(`user-${n}`, traceparentOf(own))));
  const last = await book('zoe', traceparentOf(theirs()));
  // The projector has folded all of it when this is answered.
  const position = last.headers.get('holdfast-position')!;
  const asked = { 'holdfast-position': position, traceparent: traceparentOf(read) };
  await ask(api.url, 'GET', '/v1/events/opera', 'ada', asked);
  const loaded = await loadedBy(api);
  await Promise.all([api.stop(), projector.stop()]);

  const trace = receiver.of(one.traceId);
  const only = (name: string): Arrived => {
    const [found, ...others] = trace.filter((span) => span.name === name);
    expect([name, found === undefined, others]).toEqual([name, false, []]);
    return found!;
  };
  const [request, command] = [only('POST /v1/events/:eventId/bookings'), only('BookPlace')];
  const [append, flush, fold] = [only('append'), only('SELECT log.append'), only('fold bookings')];
  const parents = [request, command, append, flush, fold].map(({ parentSpanId }) => parentSpanId);
  expect(parents).toEqual([one.spanId, request.spanId, command.spanId, append.spanId, command.spanId]);
  expect([request.process, command.process, fold.process]).toEqual(['api', 'api', 'projector']);
  expect(request.facts).toMatchObject({
    'http.response.status_code': 201,
    'http.route': '/v1/events/:eventId/bookings',
  });
  expect(command.facts).toEqual({ 'holdfast.event_id': 'opera', 'holdfast.outcome': 'accepted' });
  expect(append.facts).toMatchObject({ 'holdfast.stream': 'booking-opera', 'holdfast.result': 'appended' });
  const statements = trace.filter(({ parentSpanId }) => parentSpanId === fold.spanId);
  expect(statements.length).toBeGreaterThan(2);
  expect(statements.every(({ facts }) => facts['db.system.name'] === 'postgresql')).toBe(true);
  expect(await logged(one.traceId)).toEqual([`00-${one.traceId}-${command.spanId}-01`]);

  const [begun] = receiver.named('ScheduleEvent');
  const first = receiver.of(begun!.traceId);
  expect(first.filter(({ parentSpanId }) => parentSpanId === undefined).map(({ name }) => name)).toEqual([
    'POST /v1/events',
  ]);
  expect(first.find(({ name }) => name === 'read stream')?.parentSpanId).toBe(begun!.spanId);

  const looked = receiver.of(read.traceId);
  const [get] = looked.filter(({ name }) => name === 'GET /v1/events/:eventId');
  const queries = looked.filter(({ parentSpanId }) => parentSpanId === get!.spanId);
  expect(queries.some(({ facts }) => /^\s*SELECT/.test(String(facts['db.query.text'])))).toBe(true);

  // Who asks not to be recorded is not, and the log knows their trace all the same.
  expect(receiver.of(hidden.traceId)).toEqual([]);
  expect(await logged(hidden.traceId)).toEqual([expect.stringMatching(/-00$/)]);

  expect(loaded.ofTraces).toBeGreaterThan(10);
});

test('what is done for many at once is a step of one trace and linked to the others', () => {
  const commands = receiver.named('BookPlace').map(({ spanId }) => spanId);
  expect(commands).toHaveLength(2 + CROWD);
  for (const [name, of] of [
    ['append', commands],
    ['SELECT log.append', receiver.named('append').map(({ spanId }) => spanId)],
    ['fold bookings', commands],
  ] as const) {
    const groups = receiver.named(name).map(({ parentSpanId, links }) => [parentSpanId!, ...links]);
    const ours = groups.flat().filter((spanId) => of.includes(spanId));
    expect([name, ours.sort()]).toEqual([name, [...of].sort()]);
    if (name !== 'SELECT log.append') expect(Math.max(...groups.map((group) => group.length))).toBeGreaterThan(1);
  }
});

test('nothing of OpenTelemetry is loaded while traces are off, and the log keeps what the caller sent', async () => {
  const plain = await stage.api({ DATABASE_URL: database.url, PROJECTOR: 'off' }, { preloads: [COUNTING] });
  const own = theirs();
  await ask(plain.url, 'POST', '/v1/events/opera/bookings', 'bob', { traceparent: traceparentOf(own) });
  expect(await logged(own.traceId)).toEqual([traceparentOf(own)]);
  const loaded = await loadedBy(plain);
  expect(loaded.ofTraces).toBe(0);
  expect(loaded.all).toBeGreaterThan(0);
  await plain.kill();
});

test('traces that nobody takes are lost, and that is said once', async () => {
  const away = await Receiver.open(400);
  const lines: string[] = [];
  const logger = new JsonLogger('warn', { write: (line) => void lines.push(line) });
  const config = { endpoint: `${away.url}/`, service: 'holdfast' };
  const tracing = await openTracing(config, { process: 'api', version: '0.0.0' }, logger);
  for (const name of ['one', 'two']) tracing!.tracer.begin(name, 'internal', [], {}).end();
  await tracing!.close();
  await away.close();
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ level: 'warn', msg: 'Traces cannot be sent and are lost', spans: 2 }),
  ]);
});

async function loadedBy(program: Program): Promise<{ ofTraces: number; all: number }> {
  program.signal('SIGUSR2');
  const [, ofTraces, all] = await program.says(/loaded (\d+) of (\d+)/);
  return { ofTraces: Number(ofTraces), all: Number(all) };
}
