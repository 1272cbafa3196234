import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, isYes } from '../../../bench/support/http-client.js';
import { tokenOf } from '../../support/load.js';
import type { Api, Settings } from '../../support/processes.js';
import { onServer } from '../../support/postgres.js';
import { postgresBooks } from '../logs.js';
import { lagOf } from '../tables.js';
import type { Row, Run } from '../run.js';
import { isRunning } from '../scene.js';
import { calmLoad } from './stores.js';
import { PAIR } from './topologies.js';

const WRITES = 150;
const REFUSED_WITHIN_MS = 15_000;
const REFUSAL = /cannot (start|go on)[\s\S]*log/i;

/** F20: beside the processes of the scene, on databases of its own. */
export const restoredLog: Row = {
  id: 'F20',
  title: "Log restored from yesterday beside today's read model, also after 150 new writes",
  note: 'the log of yesterday is a copy from which the later records were deleted',
  topology: PAIR,
  run: async (run) => {
    const [log, tables] = await Promise.all([database(run, 'log'), database(run, 'tables')]);
    run.books = postgresBooks(log, tables);
    run.from = 0n;
    const settings = { EVENT_STORE_URL: log, DATABASE_URL: tables, PROJECTOR: 'inline', METRICS_TOKEN: 'figures' };
    const first = await start(run, settings);
    run.others = [first];
    let half = 0n;
    await run.underLoad(async () => {
      await run.more(run.amount(60, 80));
      half = await run.books.head();
      await run.more(run.amount(60, 80));
    }, calmLoad(run));
    for (const undecided of await run.scene.load.tell({ do: 'resolve' }))
      run.break('I9', `never decided: ${undecided}`);
    const lag = await lagOf(run.books);
    if (lag !== null) run.break('I9', lag);
    await first.stop();
    run.others = [];
    const yesterday = await restored(run, log, half);
    await expectRefused(run, { EVENT_STORE_URL: yesterday, DATABASE_URL: tables });
    await writeOn(run, { EVENT_STORE_URL: yesterday, DATABASE_URL: await database(run, 'fresh') });
    await expectRefused(run, { EVENT_STORE_URL: yesterday, DATABASE_URL: tables });
  },
};

/** The log as it was when it ended at that position. */
async function restored(run: Run, log: string, head: bigint): Promise<string> {
  const yesterday = await database(run, 'yesterday', log);
  await onServer(yesterday, async (superuser) => {
    await superuser.query('BEGIN; SET LOCAL session_replication_role = replica');
    await superuser.query('DELETE FROM log.events WHERE position > $1', [String(head)]);
    await superuser.query('UPDATE log.position SET head = $1', [String(head)]);
    await superuser.query(
      'DELETE FROM log.streams s WHERE NOT EXISTS (SELECT FROM log.events e WHERE e.stream = s.stream)',
    );
    await superuser.query(
      'UPDATE log.streams s SET revision = (SELECT max(revision) FROM log.events e WHERE e.stream = s.stream)',
    );
    await superuser.query('COMMIT');
  });
  return yesterday;
}

async function start(run: Run, settings: Settings): Promise<Api> {
  const api = await run.scene.stage.api(settings);
  run.scene.programs.push(api);
  return api;
}

/** A database on the scene's server; empty, or a copy. */
async function database(run: Run, name: string, copied?: string): Promise<string> {
  const server = new URL(await run.scene.stage.databaseUrl());
  const template = copied === undefined ? 'template0' : new URL(copied).pathname.slice(1);
  const full = `${run.name}_${name}`;
  await onServer(server.href, (client) =>
    client.query(`CREATE DATABASE ${full} TEMPLATE ${template} STRATEGY wal_log`),
  );
  server.pathname = full;
  return server.href;
}

/** Neither process starts, and each says why. */
async function expectRefused(run: Run, settings: Settings): Promise<void> {
  const start = async (start: 'api' | 'projector'): Promise<void> => {
    const said = await run.scene.stage[start](settings).then(
      async (program) => {
        if (start === 'api') return 'it started';
        await Promise.race([program.ended, sleep(REFUSED_WITHIN_MS)]);
        return isRunning(program) ? 'it goes on' : program.output;
      },
      (error: Error) => error.message,
    );
    run.expect(REFUSAL.test(said), `the ${start} on a log of yesterday: ${said.slice(0, 300)}`);
  };
  await Promise.all([start('api'), start('projector')]);
}

/** The restored log goes on for a while, under tables of its own. */
async function writeOn(run: Run, settings: Settings): Promise<void> {
  const api = await run.scene.stage.api({ ...settings, PROJECTOR: 'inline' });
  const client = new HttpClient(api.url, 16);
  const eventId = `${run.name}-restored`;
  const startsAt = new Date(Date.now() + 86_400_000).toISOString();
  const body = { eventId, title: eventId, startsAt, capacity: WRITES };
  const scheduled = await client.send({
    method: 'POST',
    path: '/v1/events',
    token: tokenOf('manager', 'event:manage'),
    body,
  });
  run.expect(isYes(scheduled), 'the restored log could not be written to');
  const path = `/v1/events/${eventId}/bookings`;
  const wishes = Array.from({ length: WRITES }, (_, n) => `${eventId}-u${n}`);
  await Promise.all(
    wishes.map((user) => client.send({ method: 'POST', path, token: tokenOf(user), key: user, body: {} })),
  );
  client.close();
  await api.stop();
}
