/**
 * `node --import ./test/support/jest-typescript.mjs test/proof/mutants/storm-main.ts --server URL --seed N --commands M`:
 * cores, Postgres adapter and projector of this checkout under a storm, in a database of their own on that server. After
 * every few hundred commands the log, the answers and the tables are held against each other. Prints one line of JSON:
 * seed, commands, broken; ends with 1 when something is broken.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import pg from 'pg';
import { BookingsProjection } from '../../../projections/bookings-tables.js';
import { Checkpoints } from '../../../projections/checkpoint.js';
import { AdvisoryLock } from '../../../projections/lock.js';
import { Projector } from '../../../projections/projector.js';
import { Codec, UPCASTERS } from '../../../src/infrastructure/event-store/codec.js';
import { POSTGRES_FEED, PostgresEventFeed } from '../../../src/infrastructure/event-store/postgres-feed.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../../src/infrastructure/event-store/postgres.js';
import { MIGRATIONS, migrate } from '../../../src/infrastructure/postgres/migrate.js';
import { createPool } from '../../../src/infrastructure/postgres/pool.js';
import { silent } from '../../support/postgres.js';
import { seededRandom } from '../../support/service.js';
import { Storm } from './storm.js';
import { brokenTables, brokenTruth, snapshotOf, type Broken, type Snapshot } from './truth.js';
import { Weather } from './weather.js';

const ROUND = 400;
const CATCH_UP_MS = 8_000;
const LOOK_MS = 25;
const LONG = { statementTimeoutMs: 10_000, queryTimeoutMs: 11_000 };
/** Small batches: many moments in which a session can end between two statements. */
const PROJECTOR = { batchSize: 6, standbyMs: 1_000, lookEveryMs: 10, backoffMs: [2, 20] } as const;

const { server, seed, commands } = new Command()
  .requiredOption('--server <url>')
  .requiredOption('--seed <number>', '', Number)
  .requiredOption('--commands <number>', '', Number)
  .parse()
  .opts<{ server: string; seed: number; commands: number }>();

/** A database with the migrations of this checkout, for the work; gone afterwards. */
async function onDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const name = `storm_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 STRATEGY file_copy`);
    const url = Object.assign(new URL(server), { pathname: name }).href;
    await migrate(url, { directory: MIGRATIONS, timeoutMs: 20_000, logger: silent });
    return await work(url);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  }
}

/** The projector as it is, on the tables of this database; `stop` ends it and everything that it holds. */
function startProjector(url: string) {
  const bounds = { connectTimeoutMs: 2_000, statementTimeoutMs: 5_000, lockTimeoutMs: 2_000 };
  const limits = { ...bounds, idleInTransactionTimeoutMs: 5_000, queryTimeoutMs: 6_000 };
  const pool = createPool(url, { max: 4, ...limits, applicationName: 'storm-tables', logger: silent });
  const codec = new Codec(UPCASTERS);
  const feed = new PostgresEventFeed(url, { ...POSTGRES_FEED, pollMs: 5 }, codec, silent);
  const store = new PostgresEventStore(url, { ...POSTGRES_STORE, connections: 2 }, codec, silent, () => undefined);
  const projection = new BookingsProjection(1, 'booking-');
  const checkpoints = new Checkpoints(pool, projection, LONG);
  const time = { now: () => Date.now(), sleep: async (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal: signal! }) };
  const lock = new AdvisoryLock(pool, projection);
  const projector = new Projector({ projection, checkpoints, lock, feed, store, time, logger: silent }, PROJECTOR);
  const stopping = new AbortController();
  const ended = projector.run(stopping.signal).then(
    () => null,
    (error: unknown) => error,
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await ended;
    await Promise.all([feed.close(), store.close(), pool.end()]);
  };
  return { wake: () => feed.wake(), stop };
}

/** When nobody writes any more and the tables are at the end of the log, or stand still before it. */
async function settled(client: pg.Client, upTo?: bigint): Promise<Snapshot> {
  let before: Snapshot | null = null;
  for (const end = Date.now() + CATCH_UP_MS; ; await sleep(LOOK_MS)) {
    const now = await snapshotOf(client);
    const head = now.records.reduce((most, { position }) => (position > most ? position : most), 0n);
    const isStill = before !== null && before.records.length === now.records.length;
    if (isStill && (now.halt !== null || now.checkpoint === (upTo ?? head))) return now;
    if (Date.now() > end) return { ...now, halt: now.halt ?? `nothing has moved for ${CATCH_UP_MS} ms` };
    before = now;
  }
}

/** F13: a record of a type that nobody knows, put at the end of a stream by SQL. Answers its position. */
async function plant(client: pg.Client): Promise<bigint> {
  const { rows } = await client.query<{ position: string }>(
    `WITH last AS (SELECT * FROM log.events ORDER BY position DESC LIMIT 1),
       moved AS (UPDATE log.streams s SET revision = s.revision + 1 FROM last WHERE s.stream = last.stream),
       counted AS (UPDATE log.position SET head = last.position + 1 FROM last)
     INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
     SELECT position + 1, stream, revision + 1, gen_random_uuid(), 'BookingTeleported', data, metadata FROM last
     RETURNING position`,
  );
  return BigInt(rows[0]!.position);
}

/** The projector stands before it and says so, and the tables are what they were. */
async function expectHalt(client: pg.Client): Promise<Broken[]> {
  const position = await plant(client);
  const stood = await settled(client, position - 1n);
  const broken = brokenTables({ ...stood, halt: null });
  if (broken.length > 0) return broken;
  const isHalted = stood.halt !== null && stood.checkpoint === position - 1n;
  return isHalted ? [] : [{ invariant: 'I6', message: `the projector does not halt before position ${position}` }];
}

async function weather(url: string): Promise<{ asked: number; broken: readonly Broken[] }> {
  const client = new pg.Client({ connectionString: url, application_name: 'storm-eye' });
  const storms = new pg.Client({ connectionString: url, application_name: 'storm-eye' });
  await Promise.all([client.connect(), storms.connect()]);
  const projector = startProjector(url);
  const storm = new Storm(url, seed, projector.wake);
  const sky = new Weather(storms, seededRandom(seed ^ 0x5eed));
  try {
    while (storm.asked.length < commands) {
      await storm.rage(Math.min(ROUND, commands - storm.asked.length), sky);
      const now = await settled(client);
      const broken = [...brokenTruth(storm.asked, now, storm.time.at), ...brokenTables(now)];
      for (const bug of storm.bugs.slice(0, 1)) broken.push({ invariant: 'bug', message: String((bug as Error).stack) });
      if (broken.length > 0) return { asked: storm.asked.length, broken };
    }
    return { asked: storm.asked.length, broken: await expectHalt(client) };
  } finally {
    await storm.close();
    await projector.stop();
    await Promise.all([client.end(), storms.end()]);
    if (process.env['STORM_VERBOSE']) console.error(sky.happened, countsOf(storm));
  }
}

function countsOf(storm: Storm): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { heard } of storm.asked) {
    const word = heard === null ? 'nothing' : heard.kind === 'yes' ? (heard.replayed ? 'replayed' : 'yes') : heard.kind === 'no' ? heard.refusal.reason : heard.code;
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

const startedAt = performance.now();
const { asked, broken } = await onDatabase(weather);
console.log(JSON.stringify({ seed, commands: asked, broken, ms: Math.round(performance.now() - startedAt) }));
process.exitCode = broken.length === 0 ? 0 : 1;
