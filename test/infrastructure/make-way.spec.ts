import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { makeWay } from '../../src/infrastructure/make-way.js';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';
import { createPool, withEachSession } from '../../src/infrastructure/postgres/pool.js';
import { silent, testServer } from '../support/postgres.js';
import { processorsOf } from '../support/processors.js';

const [given = ''] = processorsOf(process.pid);
const taskset = (list: string, pid: number) =>
  execFileSync('taskset', ['-a', '-p', '-c', list, `${pid}`], { stdio: 'ignore' });

let url: string;
beforeAll(async () => {
  url = await testServer();
});
afterEach(() => {
  withEachSession(async () => undefined);
  taskset(given, process.pid);
});

const open = (address = url) =>
  createPool(address, {
    ...{ max: 1, connectTimeoutMs: 5_000, statementTimeoutMs: 5_000, lockTimeoutMs: 5_000 },
    ...{ idleInTransactionTimeoutMs: 5_000, queryTimeoutMs: 6_000, applicationName: 'holdfast-test', logger: silent },
  });

async function pidOf(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

describe('Work that makes way', () => {
  it('keeps to half of the processors, in every thread and every session of its own; what it starts does not', async () => {
    const [service, work] = [open(), open()];
    const served = await pidOf(service);
    withEachSession(makeWay);
    const session = await pidOf(work);
    const [kept, ...others] = processorsOf(process.pid);
    expect([others, kept === given]).toEqual([[], false]);
    expect(given).toContain(kept);
    expect(processorsOf(session)).toEqual([kept]);
    expect(processorsOf(served)).toEqual([given]);
    const { rows } = await work.query<{ max_parallel_workers_per_gather: string }>(
      'SHOW max_parallel_workers_per_gather',
    );
    expect(rows[0]!.max_parallel_workers_per_gather).toBe('0');

    const dataDir = mkdtempSync(path.join(tmpdir(), 'holdfast-way-'));
    const bounds = { startTimeoutMs: 20_000, stopTimeoutMs: 5_000, logger: silent };
    const begun = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, ...bounds });
    const own = processorsOf(begun.pid);
    await begun.stop();
    rmSync(dataDir, { recursive: true, maxRetries: 5 });
    expect(own).toEqual([given]);
    await Promise.all([service.end(), work.end()]);
  });

  it('has what its sessions write taken to the disk in small pieces, and that of nobody else', async () => {
    // As a server is where nobody has set it: the embedded one has it for every session.
    const unset = `${url}?options=${encodeURIComponent('-c backend_flush_after=0')}`;
    const [service, work] = [open(unset), open(unset)];
    const flushed = async (pool: pg.Pool) => (await pool.query('SHOW backend_flush_after')).rows;
    const before = await flushed(service);
    withEachSession(makeWay);
    expect(await flushed(work)).toEqual([{ backend_flush_after: '2MB' }]);
    expect(await flushed(service)).toEqual(before);
    expect(before).toEqual([{ backend_flush_after: '0' }]);
    await Promise.all([service.end(), work.end()]);
  });

  it('tells nobody but a session of a Postgres: behind a tunnel its number is another process of this machine', async () => {
    const pool = open();
    const other = await pidOf(pool);
    const tunnelled = (port: number | null) =>
      ({ query: async () => ({ rows: [{ pid: other, port }] }) }) as unknown as pg.ClientBase;
    await makeWay(tunnelled(1));
    await makeWay(tunnelled(null));
    expect(processorsOf(other)).toEqual([given]);
    await pool.end();
  });
});
