import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isPostgres } from '../../src/infrastructure/postgres/cluster.js';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import { Stage } from '../support/processes.js';
import { silent } from '../support/postgres.js';

const POLL_MS = 10;

let stage: Stage;
afterEach(() => stage?.close());

/** Postgres of the stage, used by this test too, with a session that keeps others waiting. */
async function heldBy(lock: string) {
  const bounds = { startTimeoutMs: 20_000, stopTimeoutMs: 5_000, logger: silent };
  const server = await startEmbeddedPostgres({ dataDir: stage.dataDir, ...bounds });
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined); // The server ends before it does.
  await client.connect();
  await client.query(lock);
  const somebodyWaits = async (): Promise<void> => {
    const asked = 'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted';
    while ((await client.query<{ waiting: number }>(asked)).rows[0]!.waiting === 0) await sleep(POLL_MS);
  };
  return { server, somebodyWaits };
}

/** A server that was ended before it was up may leave its file, which names it. */
async function left(): Promise<number[]> {
  const [server] = await stage.postgres();
  return server !== undefined && (await isPostgres(server)) ? [server] : [];
}

it.each(['api', 'projector'] as const)(
  'the %s that is told to stop while its Postgres starts has stopped it again',
  async (name) => {
    stage = await Stage.migrated();
    const program = stage.attempt(name, {});
    while ((await left()).length === 0) await sleep(POLL_MS);
    program.signal('SIGTERM');
    expect([await program.ended, program.output]).toEqual([{ code: 0, signal: null }, '']);
    await expect(left()).resolves.toEqual([]);
  },
);

it.each(['api', 'projector'] as const)(
  'the %s does not wait for another process that migrates once it is told to stop, and leaves no Postgres behind',
  async (name) => {
    stage = await Stage.migrated();
    const { server, somebodyWaits } = await heldBy('SELECT pg_advisory_lock(5209434718823915)');
    const program = stage.attempt(name, {});
    await somebodyWaits();
    await server.stop();
    program.signal('SIGTERM');
    expect([await program.ended, program.output]).toEqual([{ code: 0, signal: null }, '']);
    await expect(left()).resolves.toEqual([]);
  },
);

it('a command that is ended while it works leaves no Postgres behind that was started for it', async () => {
  stage = await Stage.migrated();
  await stage.holdfast('migrate');
  const { server, somebodyWaits } = await heldBy('BEGIN; LOCK TABLE people.profiles');
  const patience = { LOCK_TIMEOUT_MS: '60000', STATEMENT_TIMEOUT_MS: '60000', QUERY_TIMEOUT_MS: '70000' };
  const command = stage.command(['users', 'erase', 'ann', '--dry-run'], patience);
  await somebodyWaits();
  await server.stop();
  command.signal('SIGTERM');
  expect([await command.ended, command.output]).toEqual([{ code: null, signal: 'SIGTERM' }, '']);
  await expect(left()).resolves.toEqual([]);
});
