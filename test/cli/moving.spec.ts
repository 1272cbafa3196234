import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { openProjector } from '../../projections/open.js';
import { registerLog } from '../../src/cli/log.js';
import { registerVerify } from '../../src/cli/verify.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { openPool } from '../../src/infrastructure/postgres/database.js';
import { SystemTime } from '../../src/infrastructure/time.js';
import { bookedLog } from '../support/bookings.js';
import { run, type Printed } from '../support/cli.js';
import { StandIn } from '../support/eventstoredb/server.js';
import { fill } from '../support/log.js';
import { freshDatabase, onServer, silent, type TestDatabase } from '../support/postgres.js';

/** What docs/moving.md tells operators to do, done with the log of a replay. */

type Settings = Readonly<Record<string, string>>;

const toClose: (() => Promise<unknown>)[] = [];
let folder: string;
let old: TestDatabase;

beforeAll(async () => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'moving-'));
  old = await database();
  await fill(old.url, await bookedLog());
});
afterAll(async () => {
  for (const close of toClose) await close();
  rmSync(folder, { recursive: true });
});

async function database(): Promise<TestDatabase> {
  const fresh = await freshDatabase();
  toClose.unshift(() => fresh.drop());
  return fresh;
}

async function eventStoreDb(): Promise<StandIn> {
  const server = await StandIn.start({});
  toClose.unshift(() => server.stop());
  return server;
}

const verbs = (program: Command): void => {
  registerLog(program);
  registerVerify(program);
};
const holdfast = (settings: Settings, ...words: string[]): Promise<Printed> => run(verbs, settings, ...words);

async function json(settings: Settings, ...words: string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout, exitCode } = await holdfast(settings, ...words, '--json');
  return { ...(JSON.parse(stdout) as object), exitCode };
}

/** What a projector process does, until it has folded everything. Throws ForeignLog. */
async function fold(settings: Settings): Promise<void> {
  const config = loadStoreConfig(settings);
  const pool = openPool(settings['DATABASE_URL']!, config, 'test', silent);
  const log = openEventStore(settings['EVENT_STORE_URL'] ?? settings['DATABASE_URL']!, config, silent);
  const time = new SystemTime({ skewLimitMs: 0, compareEveryMs: 60_000 });
  const { projector, checkpoints } = openProjector(
    { pool, store: log.store, feed: log.feed, time, logger: silent },
    config,
  );
  const done = new AbortController();
  const running = projector.run(done.signal);
  try {
    const head = await log.feed.head();
    const isThere = async (): Promise<void> => {
      while ((await checkpoints.read()).position < head) await time.sleep(10);
    };
    await Promise.race([isThere(), running]);
  } finally {
    done.abort();
    await running.finally(() => Promise.all([log.close(), pool.end()]));
  }
}

const checksumOf = async (settings: Settings): Promise<unknown> => {
  const report = await json(settings, 'verify');
  expect(report).toMatchObject({ ok: true, exitCode: null, different: 0 });
  return report['checksum'];
};

const rowsOf = (url: string): Promise<unknown> =>
  onServer(url, async (client) => {
    const { rows: events } = await client.query('SELECT e.*, data::text, metadata::text FROM log.events e ORDER BY 1');
    const { rows: streams } = await client.query('SELECT * FROM log.streams ORDER BY 1');
    const { rows: head } = await client.query('SELECT * FROM log.position');
    return { events, streams, head };
  });

it('a site moves from Postgres to EventStoreDB and back, and to another Postgres, and its tables are the same', async () => {
  const t = performance.now();
  const lap = (s: string) => console.log(s, performance.now() - t);
  const before = { DATABASE_URL: old.url };
  await fold(before);
  const checksum = await checksumOf(before);
  lap('fold');
  const parts = path.join(folder, 'postgres');
  const exported = await json(before, 'log', 'export', parts, '--part-records', '1000');
  expect(exported).toMatchObject({ ok: true, exitCode: null, kept: 0 });
  lap('export');

  // To EventStoreDB, with tables in a database of their own: what was before stays as it is.
  const server = await eventStoreDb();
  const after = { DATABASE_URL: (await database()).url, EVENT_STORE_URL: server.url };
  const tried = await json(after, 'log', 'import', parts, '--dry-run');
  expect(tried).toMatchObject({ ok: true, dryRun: true, found: 0, records: exported['records'] });
  const imported = await json(after, 'log', 'import', parts);
  lap('import');
  expect(imported).toMatchObject({ ok: true, exitCode: null, ofLog: exported['logId'], tables: null });
  expect(imported['logId']).not.toBe(exported['logId']);
  expect(await json(after, 'log', 'verify')).toMatchObject({
    ...{ ok: true, exitCode: null, logId: imported['logId'] },
    ...{ records: exported['records'], digest: exported['digest'] },
  });
  await fold(after);
  expect(await checksumOf(after)).toBe(checksum);
  lap('fold');

  // From there to an empty Postgres: the roll-back, once there are bookings that the old log does not have.
  const back = path.join(folder, 'eventstoredb');
  expect(await json(after, 'log', 'export', back)).toMatchObject({ digest: exported['digest'], exitCode: null });
  lap('export');
  const returned = { DATABASE_URL: (await database()).url };
  expect(await json(returned, 'log', 'import', back)).toMatchObject({ ok: true, exitCode: null });
  await fold(returned);
  expect(await checksumOf(returned)).toBe(checksum);
  lap('returned');

  // From Postgres to Postgres every row is the same, dates and positions included.
  const moved = { DATABASE_URL: (await database()).url };
  expect(await json(moved, 'log', 'import', parts)).toMatchObject({ ok: true, exitCode: null });
  expect(await rowsOf(moved.DATABASE_URL)).toEqual(await rowsOf(old.url));
  await fold(moved);
  expect(await checksumOf(moved)).toBe(checksum);
  lap('moved');
});
