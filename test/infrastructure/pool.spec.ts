import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createPool } from '../../src/infrastructure/postgres/pool.js';
import { onServer, silent, testServer } from '../support/postgres.js';

let url: string;

beforeAll(async () => {
  url = await testServer();
});

describe('a pool', () => {
  const pool = (overrides: { statementTimeoutMs?: number; queryTimeoutMs?: number } = {}, address = url) =>
    createPool(address, {
      max: 2,
      connectTimeoutMs: 1_000,
      statementTimeoutMs: 1_000,
      lockTimeoutMs: 200,
      idleInTransactionTimeoutMs: 300,
      queryTimeoutMs: 2_000,
      applicationName: 'holdfast-test',
      logger: silent,
      ...overrides,
    });

  test('sets every time-out on the server', async () => {
    const subject = pool();
    const { rows } = await subject.query(
      `SELECT name, setting FROM pg_settings WHERE name IN
         ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name') ORDER BY name`,
    );
    await subject.end();
    expect(rows.map((row: { setting: string }) => row.setting)).toEqual(['holdfast-test', '300', '200', '1000']);
  });

  test('ends a statement by the server, and by the client when the server is silent', async () => {
    const patient = pool({ statementTimeoutMs: 50 });
    await expect(patient.query('SELECT pg_sleep(5)')).rejects.toThrow('statement timeout');
    await patient.end();
    const impatient = pool({ queryTimeoutMs: 50 });
    await expect(impatient.query('SELECT pg_sleep(0.5)')).rejects.toThrow('Query read timeout');
    await impatient.end();
  });

  test('reads int8 as a number and never rounds it', async () => {
    const subject = pool();
    const { rows } = await subject.query('SELECT 9007199254740991::int8 AS n, NULL::int8 AS nothing');
    expect(rows).toEqual([{ n: 9_007_199_254_740_991, nothing: null }]);
    await expect(subject.query('SELECT 9007199254740993::int8 AS n')).rejects.toThrow(RangeError);
    await subject.end();
  });

  test('survives that a certificate is away while it is replaced, and goes on when it is there', async () => {
    const file = path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'ca.pem');
    const address = new URL(url);
    address.search = `sslmode=disable&sslrootcert=${file}`;
    writeFileSync(file, '');
    const subject = pool({}, address.href);
    const lent = [await subject.connect(), await subject.connect()];
    const waiting = Promise.allSettled([subject.query('SELECT 1'), subject.query('SELECT 1')]);
    rmSync(file);
    for (const client of lent) client.release(true);
    const away = { reason: expect.objectContaining({ code: 'ENOENT' }) };
    expect(await waiting).toMatchObject([away, away]);
    await expect(subject.query('SELECT 1')).rejects.toThrow('ENOENT');
    writeFileSync(file, '');
    await expect(subject.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await subject.end();
    rmSync(file);
  });

  test('survives the loss of a connection that is lent out and idle', async () => {
    const subject = pool();
    const client = await subject.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await onServer(url, (other) => other.query('SELECT pg_terminate_backend($1, 1000)', [rows[0]?.pid]));
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release(true);
    await expect(subject.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await subject.end();
  });
});
