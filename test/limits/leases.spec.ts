import { RateLimiter } from '../../src/infrastructure/http/rate-limit.js';
import { createPool } from '../../src/infrastructure/postgres/pool.js';
import { PostgresLeases, openLeases } from '../../src/infrastructure/rate-limits/leases.js';
import { freshDatabase, onServer, silent, type TestDatabase } from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const HOUR_MS = 3_600_000;
const now = (): number => performance.now();

let database: TestDatabase;
let opened: PostgresLeases[];
beforeAll(async () => (database = await freshDatabase()));
beforeEach(() => (opened = []));
afterEach(async () => {
  for (const leases of opened) await leases.close();
});
afterAll(() => database.drop());

function keep(leases: PostgresLeases): PostgresLeases {
  opened.push(leases);
  return leases;
}

/** With patience: a machine that is busy with other tests is no outage. */
function open(windowMs = HOUR_MS): PostgresLeases {
  const patience = { connectTimeoutMs: 10_000, statementTimeoutMs: 10_000, lockTimeoutMs: 10_000 };
  const bounds = { ...patience, idleInTransactionTimeoutMs: 10_000, queryTimeoutMs: 11_000 };
  const pool = createPool(database.url, { ...bounds, max: 2, applicationName: 'test', logger: silent });
  return keep(new PostgresLeases(pool, windowMs, silent));
}

async function passing(limiter: RateLimiter, key: string, requests: number): Promise<number> {
  const verdicts = await Promise.all(Array.from({ length: requests }, async () => limiter.take(key)));
  return verdicts.filter(({ passes }) => passes).length;
}

describe('leases from Postgres', () => {
  it('never come to more than the limit, however many processes take them at once', async () => {
    const processes = Array.from({ length: 4 }, () => open());
    const keys = Array.from({ length: 20 }, (_, key) => `at-once-${key}`);
    const granted = new Map<string, number>();
    const takeAll = async (leases: PostgresLeases, rotate: number): Promise<void> => {
      for (let round = 0; round < 10; round += 1) {
        const asked = [...keys.slice(rotate), ...keys.slice(0, rotate)];
        const { grants } = await leases.take(asked.map((key) => ({ key, spent: 0, wanted: 7, most: 100 })));
        for (const [at, { granted: more }] of grants.entries())
          granted.set(asked[at]!, (granted.get(asked[at]!) ?? 0) + more);
      }
    };
    await Promise.all(processes.map((leases, at) => takeAll(leases, at * 5)));
    expect([...granted.values()]).toEqual(keys.map(() => 100));
  });

  it('let processes share a limit in a few round trips', async () => {
    const [one, two] = [open(), open()];
    const passed = await Promise.all(
      [one, two].map((leases) => passing(new RateLimiter(200, leases, now, HOUR_MS), 'shared', 1_000)),
    );
    const sum = passed.reduce((a, b) => a + b);
    expect(sum).toBeGreaterThanOrEqual(200);
    expect(sum).toBeLessThanOrEqual(220);
    expect(one.trips + two.trips).toBeLessThanOrEqual(16);
  });

  it('begin anew in the next window, and keep neither names nor addresses', async () => {
    const leases = open(200);
    const ask = { key: 'caller ada', spent: 0, wanted: 5, most: 5 };
    const taken = async () => (await leases.take([ask])).grants[0]!.granted;
    expect(await taken()).toBe(5);
    // A window may end between any two of them, and on a busy machine again and again.
    let tries = 1;
    for (; (await taken()) > 0; tries += 1) if (tries === 100) throw new Error('there is always more');
    const { windowLeftMs } = await leases.take([ask]);
    expect(windowLeftMs).toBeLessThanOrEqual(200);
    await new Promise((resolve) => setTimeout(resolve, windowLeftMs + 1));
    expect(await taken()).toBe(5);
    const rows = await onServer(database.url, (client) => client.query('SELECT key FROM rate_limits.windows'));
    expect(JSON.stringify(rows.rows)).not.toContain('ada');
  });

  it('are answered in the order of the asks', async () => {
    const asks = Array.from({ length: 30 }, (_, n) => ({ key: `order-${n}`, spent: 0, wanted: n + 1, most: 100 }));
    const { grants } = await open().take(asks);
    expect(grants).toEqual(asks.map(({ wanted }) => ({ granted: wanted, left: 100 - wanted })));
  });

  it('are swept when their window is long over, and not while it lasts', async () => {
    const leases = open();
    const ask = { key: 'stays', spent: 0, wanted: 5, most: 5 };
    await leases.take([ask]);
    await onServer(database.url, (client) => client.query(`INSERT INTO rate_limits.windows VALUES ('old', 1, 5, 5)`));
    // As a minute later.
    Object.assign(leases, { sweepAt: 0 });
    await leases.take([{ ...ask, key: 'another' }]);
    const isOldThere = async (): Promise<boolean> =>
      (await onServer(database.url, (client) => client.query(`SELECT FROM rate_limits.windows WHERE key = 'old'`)))
        .rowCount === 1;
    for (let tries = 0; await isOldThere(); tries += 1) if (tries === 500) throw new Error('it is never swept');
    expect((await leases.take([ask])).grants).toEqual([{ granted: 0, left: 0 }]);
  });

  it('count what was let through before the first ask', async () => {
    const ask = { key: 'spent', wanted: 10, most: 12 };
    expect((await open().take([{ ...ask, spent: 5 }])).grants).toEqual([{ granted: 7, left: 0 }]);
    expect((await open().take([{ ...ask, spent: 5 }])).grants).toEqual([{ granted: 0, left: 0 }]);
  });

  it('that cannot be had cost a bounded wait once, and then nothing: the process counts by itself', async () => {
    const proxy = await TcpProxy.to(database.url);
    const limiter = new RateLimiter(100, keep(openLeases(proxy.url, HOUR_MS, silent)), now, HOUR_MS);
    await passing(limiter, 'warm', 60);
    proxy.swallowAnswers();
    const startedAt = now();
    expect(await passing(limiter, 'ada', 300)).toBe(100);
    expect(now() - startedAt).toBeLessThan(3_000);
    expect(await passing(limiter, 'bob', 300)).toBe(100);
    proxy.close();
  });
});
