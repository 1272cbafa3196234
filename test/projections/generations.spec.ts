import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openLanes } from '../../projections/open.js';
import type { Lanes } from '../../projections/lanes.js';
import { registerProjections } from '../../src/cli/projections.js';
import { registerVerify } from '../../src/cli/verify.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { PostgresBookingViews } from '../../src/infrastructure/read-model/booking-views.js';
import { SystemTime, UNCOMPARED } from '../../src/infrastructure/time.js';
import { run, type Printed } from '../support/cli.js';
import { book, cancel, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';
import { silent } from '../support/postgres.js';
import { processorsOf } from '../support/processors.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

const CLI = fileURLToPath(new URL('../../dist/bundle/holdfast.js', import.meta.url));
const time = new SystemTime(UNCOMPARED);

let model: ReadModel;
let story: Story;
beforeEach(async () => {
  model = await ReadModel.open();
  story = new Story();
});
afterEach(() => model.close());

const settings = (more: Readonly<Record<string, string>> = {}) => ({
  ...{ DATABASE_URL: model.url, PROJECTOR_STANDBY_MS: '300' },
  ...more,
});
const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerProjections, settings(), 'projections', ...words);
const json = async (...words: string[]): Promise<unknown> => JSON.parse((await holdfast(...words, '--json')).stdout);

/** So many bookings on each of so many events, every third cancelled. */
function busy(events: number, bookings: number): Story {
  for (let event = 0; event < events; event++) {
    story.ask(`e-${event}`, scheduleIt({ capacity: bookings }));
    for (let user = 0; user < bookings; user++) {
      const bookingId = `b-${event}-${user}`;
      story.ask(`e-${event}`, book(`user-${user}`, { bookingId }));
      if (user % 3 === 0) story.ask(`e-${event}`, cancel(`user-${user}`, { bookingId }));
    }
  }
  return story;
}

/** The log of the story in the database, and the live tables that belong to it. */
async function folded(events = 3, bookings = 20): Promise<void> {
  busy(events, bookings);
  await write(model.url, story.log.records);
  await model.fold(story.records(), [500]);
}

/** What follows the log in every process, for as long as `work` takes. */
async function following<T>(work: (lanes: Lanes) => Promise<T>): Promise<T> {
  const config = loadStoreConfig(settings({ PROJECTOR_BATCH: '50', FEED_POLL_MS: '5' }));
  const log = openEventStore(model.url, config, silent);
  const stop = new AbortController();
  const lanes = openLanes({ pool: model.pool, ...log, time, logger: silent }, config, model.url);
  const running = lanes.run(stop.signal);
  try {
    return await work(lanes);
  } finally {
    stop.abort();
    await running;
    await log.close();
  }
}

/** Books on and on, until the work is done. */
async function whileBooking<T>(work: () => Promise<T>): Promise<T> {
  const log = openEventStore(model.url, loadStoreConfig(settings()), silent);
  const stop = new AbortController();
  const booking = (async () => {
    for (let n = 0; !stop.signal.aborted && n < 20_000; n++) {
      const from = story.log.records.length;
      const [eventId, user] = [`late-${n % 7}`, `late-${n}`];
      if (n < 7) story.ask(eventId, scheduleIt({ capacity: 10_000 }));
      story.ask(eventId, book(user, { bookingId: `l-${n}` }));
      for (const record of story.log.records.slice(from)) {
        const { hash } = JSON.parse(record.metadata) as { hash: string };
        await log.store.append(record.stream, record.revision - 1, [{ ...record, hash }]);
      }
      await sleep(3);
    }
  })();
  try {
    return await work();
  } finally {
    stop.abort();
    await booking;
    await log.close();
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await holds()); waitedMs += 5) {
    if (waitedMs > 8_000) throw new Error('it never came to that');
    await sleep(5);
  }
}

async function positionOf(generation: number): Promise<number | null> {
  const text = `SELECT position FROM projections.checkpoint WHERE generation = $1`;
  const { rows } = await model.pool.query<{ position: number }>(text, [generation]);
  return rows[0]?.position ?? null;
}
const caughtUp = (generation: number) => until(async () => (await positionOf(generation)) === story.log.records.length);

/** Every row of the live tables is as the log says. */
async function expectVerified(): Promise<void> {
  const { stdout, exitCode } = await run(registerVerify, settings(), 'verify');
  expect([exitCode, stdout]).toEqual([null, expect.stringMatching(/every row is as the log says/)]);
}

describe('A rebuild', () => {
  it('killed in the middle goes on when it is run again, and gives the tables that are live', async () => {
    await folded(10, 60);
    const env = { ...settings({ PROJECTOR_BATCH: '5' }), PATH: process.env['PATH'] };
    const killed = spawn(process.execPath, [CLI, 'projections', 'rebuild'], { env, stdio: 'ignore' });
    const ended = once(killed, 'exit');
    await until(async () => ((await positionOf(2)) ?? 0) > 100);
    // Whoever answers requests on this machine has the other processors.
    const [ours] = processorsOf(process.pid);
    const { rows } = await model.pool.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast-cli'`,
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const pid of [killed.pid!, ...rows.map((row) => row.pid)]) expect(processorsOf(pid)).not.toEqual([ours]);
    killed.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const position = (await positionOf(2))!;
    const head = story.log.records.length;
    expect(position).toBeLessThan(head);
    expect(await json('list')).toMatchObject({
      generations: [
        { generation: 1, live: true, state: 'up to date', behind: 0, rows: { users: 60, events: 10 } },
        { generation: 2, live: false, state: 'building', behind: head - position, position: `${position}` },
      ],
    });
    expect((await holdfast('rebuild', '--dry-run')).stdout).toBe(
      `generation 2 would be gone on with, from position ${position}, and folded up to position ${head}\n`,
    );
    const { stdout, stderr, exitCode } = await holdfast('rebuild', '--json');
    expect(exitCode).toBeNull();
    const report = JSON.parse(stdout) as { live: { checksum: string }; next: { checksum: string } };
    expect(report).toMatchObject({ same: true, folded: head - position, position: `${head}`, different: [] });
    expect(report.next.checksum).toBe(report.live.checksum);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.at(0)).toMatchObject({ what: 'generation 2', done: head - position, total: head - position });
    expect(lines.at(-1)).toMatchObject({ what: 'compare', secondsLeft: 0 });
    await holdfast('switch', '--yes');
    await model.expectTables(story.records());
    const { checksum } = JSON.parse((await run(registerVerify, settings(), 'verify', '--json')).stdout) as {
      checksum: string;
    };
    expect(checksum).toBe(report.live.checksum);
  });

  it('says in which tables the two differ, and ends with 3', async () => {
    await folded();
    await model.pool.query(`UPDATE read_model_g1.bookings SET seats = 2 WHERE booking_id = 'b-1-1'`);
    await model.pool.query(`DELETE FROM read_model_g1.booking_history WHERE booking_id = 'b-1-1'`);
    const { stdout, exitCode } = await holdfast('rebuild');
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/bookings +\d+ rows NOT the same\n/);
    expect(stdout).toMatch(/booking_history +80 rows, 81 rows NOT the same\n/);
    expect(stdout).toMatch(/ users +20 rows\n/);
    expect(stdout).toContain('differ in bookings, booking_history: holdfast verify tells in what');
    // Run again, it compares again; mended, both are the same.
    await run(registerVerify, settings(), 'verify', '--repair');
    expect(await json('rebuild')).toMatchObject({ same: true, folded: 0 });
  });

  it('and a comparison at one position are had while bookings go on and others follow both', async () => {
    await folded();
    await following(() =>
      whileBooking(async () => {
        expect(await json('rebuild')).toMatchObject({ same: true, different: [] });
        expect(await json('rebuild')).toMatchObject({ same: true, different: [], folded: expect.any(Number) });
      }),
    );
  });

  it('of which there is one at work already is refused', async () => {
    await folded(1, 1);
    await model.pool.query(`SELECT projections.create_generation(2), projections.strip_generation(2)`);
    const client = await model.pool.connect();
    await client.query(`SELECT pg_advisory_lock(hashtextextended('holdfast projection bookings 2', 0))`);
    await expect(holdfast('rebuild')).rejects.toThrow(/another rebuild of generation 2 is at work/);
    client.release(true);
  });

  it('of tables that stand still says so', async () => {
    await folded(1, 1);
    await holdfast('pause', '--by', 'ops');
    story.ask('e-0', cancel('user-0', { bookingId: 'b-0-0' })).ask('more', scheduleIt());
    await write(model.url, story.log.records.slice(-1));
    await expect(holdfast('rebuild')).rejects.toThrow('generation 1 is paused: holdfast projections resume');
  });
});

describe('A switch', () => {
  it('is seen by nobody who reads on and on: no gap, no error, no step back', async () => {
    await folded();
    await following(() =>
      whileBooking(async () => {
        await holdfast('rebuild');
        const stop = new AbortController();
        const readers = [0, 1, 2, 3].map((n) => readOn(n, stop.signal));
        const shown: number[] = [];
        for (const verb of ['switch', 'rollback', 'switch', 'rollback', 'rollback']) {
          const { to, position, positionBefore } = (await json(verb, '--yes')) as Record<string, string>;
          expect(BigInt(position!)).toBeGreaterThanOrEqual(BigInt(positionBefore!));
          shown.push(Number(to));
          await sleep(30);
        }
        expect(shown).toEqual([2, 1, 2, 1, 2]);
        stop.abort();
        for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(10);
      }),
    );
    await following(() => Promise.all([caughtUp(1), caughtUp(2)]));
    await model.expectTables(story.records());
    await expectVerified();
  });

  /** Reads as the service does; answers how often. Every answer must be whole, and none older than the one before. */
  async function readOn(n: number, signal: AbortSignal): Promise<number> {
    const views = new PostgresBookingViews(model.pool);
    let reads = 0;
    let last = 0n;
    let seats = 0;
    for (; !signal.aborted; reads++) {
      const event = await views.event('late-1');
      const [{ value, position }, list] = [event, await views.bookings({ eventId: 'e-1' }, 50, null)];
      await views.unsettled(Date.now(), 10);
      expect(position).toBeGreaterThanOrEqual(last);
      expect(list.position).toBeGreaterThanOrEqual(position);
      expect(list.value).toHaveLength(20);
      expect(value?.seatsTaken ?? 0).toBeGreaterThanOrEqual(seats);
      ({ position: last } = list);
      seats = value?.seatsTaken ?? 0;
      await sleep(5 + 5 * n);
    }
    return reads;
  }

  it.each([
    // Who asks as the service does waits for nothing.
    ['with the position first, as the service does', 100, ['checkpoint', 'events']],
    ['in an order of its own', 1_000, ['bookings', 'checkpoint', 'events']],
  ])('waits for a transaction that reads several views %s, and not the other way about', async (_, waitsMs, names) => {
    await folded(1, 3);
    await holdfast('rebuild');
    const reader = await model.pool.connect();
    await reader.query(`BEGIN; SET LOCAL lock_timeout = ${waitsMs}`);
    const [first, ...others] = names;
    await reader.query(`SELECT FROM read_model.${first}`);
    const switching = json('switch', '--yes');
    const text = `SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT projections.show%' AND wait_event_type = 'Lock'`;
    await until(async () => (await model.pool.query(text)).rowCount === 1);
    for (const name of others) await reader.query(`SELECT FROM read_model.${name}`);
    await reader.query('COMMIT');
    reader.release();
    expect(await switching).toMatchObject({ from: 1, to: 2 });
  });

  it('is refused to a generation that is not complete, behind, of another log, or not there', async () => {
    await folded(1, 3);
    await expect(holdfast('switch', '--yes')).rejects.toThrow(/one generation only.*rebuild/);
    await expect(holdfast('rollback', '--yes')).rejects.toThrow(/no other generation was ever live/);
    await expect(holdfast('switch', '--yes', '1')).rejects.toThrow('generation 1 is live already');
    await expect(holdfast('switch', '--yes', '7')).rejects.toThrow('there is no generation 7; there is 1');
    await expect(holdfast('switch', '--yes', 'two')).rejects.toThrow(/Expected the number of a generation/);
    await expect(holdfast('switch')).rejects.toThrow(/Say --yes/);
    await model.pool.query(`SELECT projections.create_generation(2), projections.strip_generation(2)`);
    await expect(holdfast('switch', '--yes')).rejects.toThrow(/not complete: go on with holdfast projections rebuild/);
    await holdfast('rebuild');
    await model.pool.query(`UPDATE projections.checkpoint SET log_id = '00000000' WHERE generation = 2`);
    await expect(holdfast('switch', '--yes')).rejects.toThrow(/was folded from log 00000000/);
    await model.pool.query(`UPDATE projections.checkpoint SET log_id = (SELECT log_id FROM read_model.checkpoint)`);
    await holdfast('pause', '--generation', '2');
    await expect(holdfast('switch', '--yes')).rejects.toThrow(/generation 2 is paused by/);
    await holdfast('resume');
    expect((await holdfast('switch', '--dry-run')).stdout).toMatch(
      /^generation 2 would be shown, at position 5; before/,
    );
    expect(await json('status')).toMatchObject([
      { generation: 1, live: true },
      { generation: 2, live: false },
    ]);
  });

  it('is refused while the other generation is behind, for as long as that does not change', async () => {
    await folded(1, 3);
    await holdfast('rebuild');
    story.ask('late', scheduleIt());
    await write(model.url, story.log.records.slice(-1));
    await model.fold(story.records().slice(-1), [1]);
    // Nobody feeds the second one.
    await expect(holdfast('switch', '--yes')).rejects.toThrow(
      /generation 2 stands at position 5 and the live one at 6/,
    );
    await following(async () => expect(await json('switch', '--yes')).toMatchObject({ to: 2, position: '6' }));
  }, 20_000);

  it('leaves what others have made on top of the views, and so does a start from the beginning', async () => {
    await folded(1, 3);
    await model.pool.query(`CREATE SCHEMA of_a_tool;
      CREATE VIEW of_a_tool.seats AS SELECT sum(seats)::int AS seats, c.generation FROM read_model.bookings, read_model.checkpoint c GROUP BY c.generation`);
    const seats = async () => (await model.pool.query('SELECT * FROM of_a_tool.seats')).rows as unknown[];
    expect(await seats()).toEqual([{ seats: 2, generation: 1 }]);
    await holdfast('rebuild');
    await holdfast('switch', '--yes');
    expect(await seats()).toEqual([{ seats: 2, generation: 2 }]);
    await model.pool.query('SELECT projections.start_over(2)');
    expect(await seats()).toEqual([]);
    expect(await json('status')).toMatchObject([{ generation: 2, live: true, state: 'building' }]);
    await following(() => caughtUp(2));
    expect(await seats()).toEqual([{ seats: 2, generation: 2 }]);
  });
});

describe('A generation', () => {
  it('that is live is not dropped; another is, with everything in it, and its projector ends', async () => {
    await folded();
    await holdfast('rebuild');
    await following(async () => {
      story.ask('late', scheduleIt());
      await write(model.url, story.log.records.slice(-1));
      await caughtUp(2);
      await expect(holdfast('drop', '1', '--yes')).rejects.toThrow('generation 1 is live: switch to another one first');
      await model.pool.query('CREATE VIEW public.mine AS SELECT * FROM read_model_g2.bookings');
      await expect(holdfast('drop', '2', '--yes')).rejects.toThrow(/in use: view mine depends on table/);
      await model.pool.query('DROP VIEW public.mine');
      expect((await holdfast('drop', '2', '--dry-run')).stdout).toMatch(/would be dropped\n$/);
      expect((await holdfast('drop', '2', '--yes')).stdout).toMatch(/^generation 2, .* is dropped\n$/);
      expect(await json('status')).toHaveLength(1);
      // Made anew under the same number.
      expect(await json('rebuild')).toMatchObject({ same: true, next: { generation: 2 } });
      story.ask('later', scheduleIt());
      await write(model.url, story.log.records.slice(-1));
      await Promise.all([caughtUp(1), caughtUp(2)]);
    });
  });

  it('that lags or halts delays the live one in nothing', async () => {
    await folded();
    await holdfast('rebuild');
    await model.pool.query('ALTER TABLE read_model_g2.events RENAME TO gone');
    await following(async (lanes) => {
      story.ask('late', scheduleIt());
      await write(model.url, story.log.records.slice(-1));
      await caughtUp(1);
      await until(async () => (await lanes.status()).lagMs === 0);
      expect(await positionOf(2)).toBe(story.log.records.length - 1);
      await model.pool.query('ALTER TABLE read_model_g2.gone RENAME TO events');
      await caughtUp(2);
    });
  });
});
