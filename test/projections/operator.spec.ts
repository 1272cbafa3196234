import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Operator } from '../../projections/operator.js';
import { AdvisoryLock } from '../../projections/lock.js';
import { openLanes } from '../../projections/open.js';
import { rebuildApart } from '../../projections/rebuild-apart.js';
import type { RebuildEvents } from '../../projections/rebuild.js';
import { OutcomeUnknown, StoreUnavailable } from '../../src/application/errors.js';
import type { ProjectionsStanding } from '../../src/application/ports.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { openPool } from '../../src/infrastructure/postgres/database.js';
import { SystemTime, UNCOMPARED } from '../../src/infrastructure/time.js';
import { confirmed, scheduled } from '../support/facts.js';
import { write } from '../support/log.js';
import { silent } from '../support/postgres.js';
import { processorsOf } from '../support/processors.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

const time = new SystemTime(UNCOMPARED);

const MINUTE_MS = 60_000;

let model: ReadModel;
let log: OpenLog;
let operator: Operator;
let story: Story;
const stop = new AbortController();
let following: Promise<void>;

beforeAll(async () => {
  model = await ReadModel.open();
  const config = loadStoreConfig({ DATABASE_URL: model.url, PROJECTOR_STANDBY_MS: '300', FEED_POLL_MS: '5' });
  log = openEventStore(model.url, config, silent);
  const ports = { pool: model.pool, ...log, time, logger: silent };
  following = openLanes(ports, config, model.url).run(stop.signal);
  const own = {
    isGapless: true,
    rebuild: (events: RebuildEvents, signal: AbortSignal) => rebuildApart(model.url, events, signal),
  };
  operator = new Operator({ ...ports, ...own }, config);
  story = new Story();
  story.now = time.now() - MINUTE_MS;
});
afterAll(async () => {
  stop.abort();
  await following;
  operator.close();
  await log.close();
  await model.close();
});

/** Looks until it is so. */
async function until(isSo: (standing: ProjectionsStanding) => boolean): Promise<ProjectionsStanding> {
  for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 50) {
    const standing = await operator.standing();
    if (isSo(standing)) return standing;
    await sleep(50);
  }
  throw new Error(`it stays ${JSON.stringify(await operator.standing(), (_, value: unknown) => String(value))}`);
}

const followed = ({ generations, head }: ProjectionsStanding): boolean =>
  generations.every(({ position }) => position === head);

it('pauses, says how far behind that is in records and in time, and resumes', async () => {
  story.plant('gala', scheduled()).plant('gala', confirmed('ann'));
  await write(model.url, story.log.records);
  await until((standing) => standing.head === 2n && followed(standing));
  expect(await operator.pause(null, 'eve', 'new disks')).toBeNull();
  story.plant('gala', confirmed('bob')).plant('gala', confirmed('cid'));
  await write(model.url, story.log.records.slice(-2));
  const { generations } = await until(({ head }) => head === 4n);
  expect(generations).toMatchObject([
    { generation: 1, live: true, state: 'paused', behind: 2, pause: { by: 'eve', reason: 'new disks' } },
  ]);
  expect(generations[0]!.lagMs).toBeGreaterThanOrEqual(MINUTE_MS);
  expect(await operator.resume(1)).toBeNull();
  expect((await until(followed)).generations).toMatchObject([{ state: 'up to date', behind: 0, lagMs: 0 }]);
});

describe('a rebuild beside the service', () => {
  /** Whoever has this lets no other rebuild begin. Held throughout: the server lets it go some time after the connection. */
  let lock: AdvisoryLock;
  beforeAll(async () => {
    lock = new AdvisoryLock(model.pool, { name: 'bookings', generation: 2 });
    expect(await lock.acquire()).toBe(true);
  });
  afterAll(() => lock.release());

  const sessions = async (): Promise<number[]> => {
    const { rows } = await model.pool.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'holdfast-rebuild' AND datname = current_database()`,
    );
    return rows.map(({ pid }) => pid);
  };

  /** The session of a rebuild, which has begun. */
  async function begunSession(): Promise<number> {
    for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 20) {
      const [session] = await sessions();
      if (session !== undefined) return session;
      await sleep(20);
    }
    throw new Error('no rebuild has begun');
  }

  /** Sooner than it would end by itself, for want of the lock. */
  async function expectEnd(): Promise<void> {
    for (let waitedMs = 0; (await sessions()).length > 0 && waitedMs < 2_000; waitedMs += 20) await sleep(20);
    expect(await sessions()).toEqual([]);
  }

  it('makes way for it, and ends when that stops', async () => {
    expect(await operator.rebuild()).toBeNull();
    const session = await begunSession();
    const [given] = processorsOf(process.pid);
    for (let waitedMs = 0; processorsOf(session)[0] === given && waitedMs < 5_000; waitedMs += 20) await sleep(20);
    expect(processorsOf(session)).not.toEqual([given]);
    operator.close();
    const { rebuild } = await until((standing) => standing.rebuild?.endedAt != null);
    expect(rebuild).toMatchObject({ generation: 2, step: 'failed', why: 'the log of the service says more' });
    await expectEnd();
  });

  it('ends when that is killed', async () => {
    const events = '{ onFold() {}, onFolded() {}, onCompare() {}, onCompared() {} }';
    const program = `
      import { rebuildApart } from './dist/projections/rebuild-apart.js';
      await rebuildApart(${JSON.stringify(model.url)}, ${events}, new AbortController().signal);`;
    const service = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    const ended = once(service, 'exit');
    try {
      await begunSession();
    } finally {
      service.kill('SIGKILL');
      await ended;
    }
    await expectEnd();
  });

  it('has its settings, and says in a sentence why it cannot be', async () => {
    process.env['PROJECTOR_STANDBY_MS'] = '50';
    try {
      expect(await operator.rebuild()).toBeNull();
      const { rebuild } = await until((standing) => standing.rebuild?.endedAt != null);
      expect(rebuild).toMatchObject({
        step: 'failed',
        why: expect.stringContaining('another rebuild of generation 2'),
      });
    } finally {
      delete process.env['PROJECTOR_STANDBY_MS'];
    }
  });

  it.each([
    ['postgres://127.0.0.1:1/away', 'ECONNREFUSED'],
    ['away', 'DATABASE_URL: expected postgres://'],
  ])('with %s says what it met: %s', async (url, met) => {
    const told = { onFold: () => undefined, onFolded: () => undefined, onCompare: () => undefined };
    const rebuilding = rebuildApart(url, { ...told, onCompared: () => undefined }, new AbortController().signal);
    await expect(rebuilding).rejects.toThrow(met);
  });
});

it('makes the next generation while the live one is followed, compares both, and shows it', async () => {
  expect(await operator.rebuild()).toBeNull();
  expect(await operator.rebuild()).toContain('is going on already');
  const { rebuild } = await until((standing) => standing.rebuild?.endedAt != null);
  expect(rebuild).toMatchObject({ generation: 2, step: 'same', folded: 4, different: [], why: null });
  expect(rebuild!.compared).toBe(rebuild!.rows);
  expect(await operator.switchTo(2)).toBeNull();
  const { generations } = await operator.standing();
  expect(generations.map(({ generation, live }) => [generation, live])).toEqual([
    [1, false],
    [2, true],
  ]);
  expect(await operator.switchTo(2)).toContain('generation 2 is live already');
});

it('says why something cannot be, and changes nothing', async () => {
  expect(await operator.pause(7, 'eve', null)).toBe('there is no generation 7; there is 1, 2');
});

it('names the record before which the tables stand still, by its event', async () => {
  story.plant('gala', confirmed('ann', { bookingId: 'b-9' }));
  await write(model.url, story.log.records.slice(-1));
  const { generations } = await until((standing) => standing.generations.every(({ halt }) => halt !== null));
  expect(generations[1]).toMatchObject({ state: 'halted', halt: { position: 5n, eventId: 'gala', revision: 4 } });
  expect(generations[1]!.halt!.reason).not.toBe('');
});

it('without a database says that nothing is known, and of a wish that nobody knows', async () => {
  const config = loadStoreConfig({ DATABASE_URL: model.url });
  const away = openPool(model.url, config, 'away', silent);
  await away.end();
  const ports = { pool: away, ...log, time, logger: silent, isGapless: true, rebuild: () => Promise.resolve([]) };
  const cutOff = new Operator(ports, config);
  await expect(cutOff.standing()).rejects.toThrow(StoreUnavailable);
  await expect(cutOff.pause(null, 'eve', null)).rejects.toThrow(OutcomeUnknown);
});
