import { setTimeout as sleep } from 'node:timers/promises';
import { writeLongStream } from '../../../bench/support/filler.js';
import { loadStoreConfig } from '../../../src/infrastructure/config.js';
import { openEventStore } from '../../../src/infrastructure/event-store/open.js';
import { freshDatabase, onServer, silent, type TestDatabase } from '../../support/postgres.js';

const RECORDS = 6_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const open = () => openEventStore(database.url, loadStoreConfig({ DATABASE_URL: database.url }), silent);

/** Rows of the log that were looked at by an index, as sessions that have ended tell. */
const lookedAt = (): Promise<number> =>
  onServer(database.url, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT idx_tup_fetch::integer AS count FROM pg_stat_user_tables WHERE schemaname = 'log' AND relname = 'events'`,
    );
    return rows[0]!.count;
  });

async function settled(atLeast: number): Promise<number> {
  for (let tries = 0; (await lookedAt()) < atLeast && tries < 200; tries += 1) await sleep(20);
  return lookedAt();
}

describe('A long stream', () => {
  it('is read by looking at each of its rows once, though no statistics say yet that it is long', async () => {
    const writing = open();
    await writeLongStream(writing, 'booking-long', RECORDS);
    await writing.close();
    const before = await settled(0);
    const reading = open();
    let read = 0;
    for await (const page of reading.store.read('booking-long', 0)) read += page.length;
    await reading.close();
    expect(read).toBe(RECORDS);
    const rows = (await settled(before + RECORDS)) - before;
    expect(rows).toBeGreaterThanOrEqual(RECORDS);
    // With a page that was asked for ahead.
    expect(rows).toBeLessThan(RECORDS + 2_000);
  });
});
