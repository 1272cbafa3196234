import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { EventFeed, Time } from '../../src/application/ports.js';
import { statementsFor } from '../../projections/bookings-sql.js';
import { resumeHalted } from '../../projections/checkpoint.js';
import { assertSameLog } from '../../projections/same-log.js';
import { AdvisoryLock, type ActiveLock } from '../../projections/lock.js';
import type { Projection, Statement } from '../../projections/projection.js';
import { Projector, type ProjectorParts, type ProjectorSettings } from '../../projections/projector.js';
import { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import {
  book,
  cancel,
  confirmed,
  scheduleIt,
  scheduled,
  cancelled,
  callOff,
  calledOff,
  seatsChanged,
} from '../support/facts.js';
import { silent } from '../support/postgres.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

const SETTINGS: ProjectorSettings = { batchSize: 50, paceMs: 2, standbyMs: 300, lookEveryMs: 10, backoffMs: [5, 20] };
const time: Pick<Time, 'now' | 'sleep'> = {
  now: () => Date.now(),
  sleep: async (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
const ours: ActiveLock = { acquire: async () => true, release: async () => undefined };
const others: ActiveLock = { acquire: async () => false, release: async () => undefined };

let model: ReadModel;
const running: { stop: AbortController; done: Promise<void> }[] = [];
beforeAll(async () => {
  model = await ReadModel.open();
});
beforeEach(() => model.clear());
afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.allSettled(running.splice(0).map(({ done }) => done));
});
afterAll(() => model.close());

function start(story: Story, parts: Partial<ProjectorParts> = {}, settings: Partial<ProjectorSettings> = {}) {
  const { projection, checkpoints } = model;
  const log = { feed: story.feed(), store: story.store(), time, logger: silent };
  const projector = new Projector(
    { projection, checkpoints, lock: ours, ...log, ...parts },
    { ...SETTINGS, ...settings },
  );
  const stop = new AbortController();
  const done = projector.run(stop.signal);
  running.push({ stop, done });
  return { projector, stop, done };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await holds()); waitedMs += 5) {
    if (waitedMs > 8_000) throw new Error('it never came to that');
    await sleep(5);
  }
}

const reached = (story: Story) =>
  until(async () => (await model.checkpoints.read()).position === BigInt(story.log.records.length));
const halted = () => until(async () => (await model.checkpoints.read()).halt !== null);

/** A short run on two events. */
function busy(rounds = 60): Story {
  const story = new Story().ask('gala', scheduleIt({ capacity: 40 })).ask('quiz', scheduleIt());
  for (let i = 0; i < rounds; i++) {
    story.ask(i % 3 === 0 ? 'quiz' : 'gala', book(`user-${i}`, { waitlist: true }));
    if (i % 4 === 0) story.ask('gala', cancel(`user-${i - 3}`));
  }
  return story;
}

/** The projection, and how many records each of its transactions had. */
function counted(): { readonly sizes: number[]; readonly projection: Projection } {
  const sizes: number[] = [];
  const apply = (...[sql, records, next]: Parameters<Projection['apply']>) => {
    sizes.push(records.length);
    return model.projection.apply(sql, records, next);
  };
  return { sizes, projection: Object.create(model.projection, { apply: { value: apply } }) };
}

describe('The projector', () => {
  it('follows a log that grows, and a rebuild gives the same bytes', async () => {
    const story = busy();
    const { projector, stop, done } = start(story);
    await reached(story);
    for (let i = 0; i < 20; i++) {
      story.ask('gala', book(`late-${i}`, { waitlist: true }));
      await sleep(i % 5);
    }
    story.ask('gala', callOff()).ask('quiz', cancel('user-0'));
    await reached(story);
    await until(async () => (await projector.status()).lagMs === 0);
    const head = BigInt(story.log.records.length);
    expect(await projector.status()).toEqual({ position: head, head, lagMs: 0, halted: null, standby: false });
    await model.expectTables(story.records());
    stop.abort();
    await done;
    await model.pool.query('SELECT projections.start_over(1)');
    start(story, {}, { batchSize: 7 });
    await reached(story);
    await model.expectTables(story.records());
  });

  it('folds the first records at once, and lets those that come one by one come together', async () => {
    const story = busy(0);
    const { sizes, projection } = counted();
    // No test waits so long for a transaction that is only held back.
    start(story, { projection }, { batchSize: 8, paceMs: 60_000 });
    await reached(story);
    expect(sizes).toEqual([2]);
    for (let i = 0; i < 7; i++) {
      story.ask('gala', book(`user-${i}`));
      await sleep(2);
    }
    expect(sizes).toEqual([2]);
    expect((await model.checkpoints.read()).position).toBe(2n);
  });

  it('does not let a full batch wait', async () => {
    const story = busy(0);
    for (let i = 0; i < 15; i++) story.ask('gala', book(`user-${i}`, { waitlist: true }));
    const { sizes, projection } = counted();
    start(story, { projection }, { batchSize: 8, paceMs: 60_000 });
    await until(async () => (await model.checkpoints.read()).position === 16n);
    expect(sizes).toEqual([8, 8]);
  });

  it('shows the batch that comes next while one is written, where all of it is there', async () => {
    const story = busy(0);
    for (let i = 0; i < 19; i++) story.ask('gala', book(`user-${i}`, { waitlist: true }));
    const seen: { readonly records: unknown; readonly next: unknown }[] = [];
    const apply = async (...[sql, records, next]: Parameters<Projection['apply']>) => {
      // Meanwhile all of them are read.
      await sleep(20);
      seen.push({ records, next: next!() });
      await model.projection.apply(sql, records);
    };
    start(story, { projection: Object.create(model.projection, { apply: { value: apply } }) }, { batchSize: 8 });
    await reached(story);
    expect(seen.map(({ records }) => (records as unknown[]).length)).toEqual([8, 8, 5]);
    expect(seen[0]!.next).toBe(seen[1]!.records);
    expect([seen[1]!.next, seen[2]!.next]).toEqual([null, null]);
    await model.expectTables(story.records());
  });

  it('follows a stream of single records in steps, and misses none', async () => {
    const story = busy(0);
    const { sizes, projection } = counted();
    // On a slow machine 40 records take a while, and each step of the pace may have its own batch.
    start(story, { projection }, { paceMs: 300 });
    for (let i = 0; i < 40; i++) {
      story.ask('gala', book(`user-${i}`, { waitlist: true }));
      await sleep(1);
    }
    await reached(story);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(story.log.records.length);
    expect(sizes.length).toBeLessThan(20);
    await model.expectTables(story.records());
  });

  it('loses and doubles nothing when two are active at once, and neither halts', async () => {
    const story = busy(0);
    start(story, {}, { batchSize: 3 });
    start(story, {}, { batchSize: 4 });
    for (let i = 0; i < 150; i++) {
      story.ask('gala', book(`user-${i}`, { waitlist: true })).ask('gala', cancel(`user-${i - 1}`));
      if (i % 10 === 0) await sleep(2);
    }
    await reached(story);
    expect((await model.checkpoints.read()).halt).toBeNull();
    await model.expectTables(story.records());
  });

  it('goes on where it was when its server session is killed in the middle of a batch', async () => {
    const story = busy();
    let kills = 0;
    const killed: Projection = Object.create(model.projection, {
      apply: {
        value: async (...[sql, records, next]: Parameters<Projection['apply']>) => {
          await model.projection.apply(sql, records, next);
          if (kills++ % 2 === 0)
            await sql.run({ name: 'kill', text: 'SELECT pg_terminate_backend(pg_backend_pid())' }, []);
        },
      },
    });
    start(story, { projection: killed }, { batchSize: 16 });
    await reached(story);
    expect(kills).toBeGreaterThan(8);
    await model.expectTables(story.records());
  });

  it('reads the checkpoint again when nobody can tell whether a batch was committed', async () => {
    const story = busy();
    const { checkpoints } = model;
    let calls = 0;
    const unsure: ProjectorParts['checkpoints'] = {
      read: () => checkpoints.read(),
      adopt: (...given) => checkpoints.adopt(...given),
      halt: (...given) => checkpoints.halt(...given),
      complete: (...given) => checkpoints.complete(...given),
      advance: async (...given) => {
        const moved = await checkpoints.advance(...given);
        if (calls++ % 3 === 0) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        return moved;
      },
    };
    start(story, { checkpoints: unsure }, { batchSize: 16 });
    await reached(story);
    await model.expectTables(story.records());
  });

  it('tries again after a failure that lies in the day, not in the record', async () => {
    const story = busy(10);
    // Without it not even the first record can be folded, however small the batches become.
    await model.pool.query('ALTER TABLE read_model_g1.events RENAME TO gone');
    try {
      start(story);
      await sleep(100);
      expect(await model.checkpoints.read()).toMatchObject({ position: 0n, halt: null });
    } finally {
      await model.pool.query('ALTER TABLE read_model_g1.gone RENAME TO events');
    }
    await reached(story);
    await model.expectTables(story.records());
  });

  it('makes batches smaller that are too much for the day, and larger again when it is over', async () => {
    const story = busy();
    const { sizes, projection } = counted();
    let most = 10;
    const slow: Projection = Object.create(projection, {
      apply: {
        value: async (...[sql, records, next]: Parameters<Projection['apply']>) => {
          if (records.length > most) throw new Error('canceling statement due to statement timeout');
          most *= 2;
          return projection.apply(sql, records, next);
        },
      },
    });
    start(story, { projection: slow }, { batchSize: 64 });
    await reached(story);
    // The second was taken while the first was written.
    expect(sizes.slice(0, 4)).toEqual([8, 8, 16, 32]);
    await model.expectTables(story.records());
  });

  it('leaves out what the feed repeats', async () => {
    const story = busy();
    const feed = story.feed();
    const stutter: EventFeed = {
      head: () => feed.head(),
      after: async function* (_position, signal) {
        yield story.records().slice(0, 30);
        yield story.records().slice(10, 40);
        yield* feed.after(0n, signal);
      },
    };
    start(story, { feed: stutter });
    await reached(story);
    await model.expectTables(story.records());
  });
});

describe('Of several projectors', () => {
  it('one works and the others stand by until it is gone', async () => {
    const story = busy();
    const lock = () => new AdvisoryLock(model.pool, model.projection);
    const first = start(story, { lock: lock() });
    await reached(story);
    const second = start(story, { lock: lock() });
    await until(async () => (await second.projector.status()).standby);
    story.ask('gala', book('eve', { waitlist: true }));
    await reached(story);
    expect((await second.projector.status()).standby).toBe(true);
    first.stop.abort();
    await first.done;
    await until(async () => !(await second.projector.status()).standby);
    story.ask('quiz', book('eve', { waitlist: true }));
    await reached(story);
    await model.expectTables(story.records());
  });

  it('none minds that the connection of a lock it has let go is ended by the server', async () => {
    const held: pg.PoolClient[] = [];
    model.pool.once('acquire', (client) => held.push(client));
    const lock = new AdvisoryLock(model.pool, model.projection);
    expect(await lock.acquire()).toBe(true);
    await lock.release();
    expect(() => held[0]!.emit('error', new Error('terminating connection'))).not.toThrow();
    // The server lets it go when it has seen that the connection is closed.
    await until(() => lock.acquire());
    await lock.release();
  });

  it('one goes on without the lock when its holder stands still though there is work', async () => {
    const story = busy();
    const { projector } = start(story, { lock: others });
    await until(async () => (await projector.status()).standby);
    expect((await model.checkpoints.read()).position).toBe(0n);
    await reached(story);
    expect((await projector.status()).standby).toBe(false);
  });

  it('one whose clock is set back while it stands by waits no longer than ever', async () => {
    const story = busy();
    let backMs = 0;
    const { projector } = start(story, { lock: others, time: { ...time, now: () => Date.now() - backMs } });
    await until(async () => (await projector.status()).standby);
    backMs = 3_600_000;
    await reached(story);
  });

  it('nobody overrules a holder that has nothing to do', async () => {
    const story = busy(5);
    await model.fold(story.records(), [99]);
    const { projector } = start(story, { lock: others }, { standbyMs: 30 });
    await sleep(120);
    expect((await projector.status()).standby).toBe(true);
  });
});

describe('A record that cannot be folded halts the projector just before it', () => {
  const story = () => new Story().plant('gala', scheduled({ capacity: 2 })).plant('gala', confirmed('ann'));
  const later: BookingEvent = confirmed('zoe', { bookingId: 'b-zoe' });

  it.each<[string, (story: Story) => unknown, RegExp]>([
    [
      'a gap in the revisions',
      (log) => log.plant('gala', confirmed('bob'), 3),
      /revision 3 of booking-gala where 2 was due/,
    ],
    ['a revision that came before', (log) => log.plant('gala', confirmed('bob'), 1), /revision 1 of booking-gala/],
    ['more seats than there are', (log) => log.plant('gala', confirmed('bob', { seats: 2 })), /3 of 2 seats/],
    ['seats raised above what there is', (log) => log.plant('gala', seatsChanged('ann', { seats: 3 })), /3 of 2 seats/],
    ['a double booking', (log) => log.plant('gala', confirmed('ann', { bookingId: 'b-2' })), /double booking/],
    ['the end of a booking that is not there', (log) => log.plant('gala', cancelled('bob')), /after nothing/],
    [
      'a booking of another user',
      (log) => log.plant('gala', seatsChanged('bob', { bookingId: 'b-ann' })),
      /after nothing|another user/,
    ],
    ['a stream that begins in the middle', (log) => log.plant('quiz', confirmed('bob')), /begins a stream/],
    ['the end of an event that is not there', (log) => log.plant('quiz', calledOff()), /begins a stream/],
    [
      'a number too large for its column',
      (log) => log.plant('quiz', scheduled({ holdSeconds: 3e9 })),
      /3000000000 is too large/,
    ],
    [
      'a type of the future',
      (log) => push(log, { type: 'BookingUpgraded' }),
      /BookingUpgraded cannot be read: unknown type/,
    ],
    ['broken data', (log) => push(log, { data: '{"bookingId":7}' }), /cannot be read/],
  ])('%s', async (_what, plant, reason) => {
    const log = story();
    const before = log.records();
    plant(log);
    const poison = log.log.records.at(-1)!;
    log.plant('fair', scheduled()).plant('fair', later);
    const { projector } = start(log);
    await halted();
    const { position, halt } = await model.checkpoints.read();
    expect(position).toBe(2n);
    expect(halt).toMatchObject({ position: 3n, recordId: poison.id, stream: poison.stream, revision: poison.revision });
    expect(halt?.reason).toMatch(reason);
    await model.expectTables(before);
    await until(async () => (await projector.status()).halted !== null);
    // Resumed with the cause still there, it halts at the same place again.
    await resumeHalted(model.pool);
    await halted();
    expect(await model.checkpoints.read()).toMatchObject({ position: 2n, halt: { position: 3n } });
  });

  it('and folds it, and the rest, once the cause is gone and an operator resumes', async () => {
    const log = story().plant('gala', confirmed('bob')).plant('fair', scheduled()).plant('fair', later);
    // A row that nobody wrote, in the way of one to come.
    await model.pool.query(
      `INSERT INTO read_model_g1.booking_history (booking_id, revision, event_id, user_id, change, seats, status, offer,
         actor, valid_from) VALUES ('b-bob', 2, 'x', 'x', 'x', 1, 'held', false, 'x', now())`,
    );
    start(log);
    await halted();
    const { position, halt } = await model.checkpoints.read();
    expect([position, halt?.reason]).toEqual([2n, expect.stringMatching(/^23505/)]);
    await model.pool.query(`DELETE FROM read_model_g1.booking_history WHERE event_id = 'x'`);
    await sleep(50);
    expect((await model.checkpoints.read()).position).toBe(2n);
    expect(await resumeHalted(model.pool)).toEqual([{ projection: 'bookings', generation: 1 }]);
    await reached(log);
    await model.expectTables(log.records());
  });

  it('also after a restart', async () => {
    const log = story().plant('gala', cancelled('bob'));
    const { stop, done } = start(log);
    await halted();
    stop.abort();
    await done;
    const { projector } = start(log);
    await until(async () => (await projector.status()).halted !== null);
    expect((await model.checkpoints.read()).position).toBe(2n);
  });

  /** A record that no version of ours would write. */
  function push(story: Story, changed: { type?: string; data?: string }): void {
    const last = story.log.records.at(-1)!;
    const id = '00000000-0000-8000-8000-0000000000ff';
    story.log.push({ ...last, revision: last.revision + 1, id, ...changed });
  }
});

describe('The log behind the tables', () => {
  const folded = async () => {
    const story = busy();
    await model.fold(story.records(), [50]);
    return story;
  };

  it('is refused when it was restored from an older copy, also after new writes', async () => {
    const story = await folded();
    const restored = new Story(new InMemoryLog(story.log.identity));
    for (const record of story.log.records.slice(0, 40)) restored.log.push(record);
    await expect(start(restored).done).rejects.toThrow(/is not in this log.*start_over/);
    const next = (eventId: string): number => restored.log.streams.get(`booking-${eventId}`)!.length;
    for (let i = 0; i < 150; i++)
      for (const eventId of ['gala', 'quiz']) restored.plant(eventId, confirmed(`new-${i}`), next(eventId));
    await expect(start(restored).done).rejects.toThrow(/start_over/);
    expect((await model.checkpoints.read()).position).toBe(BigInt(story.log.records.length));
  });

  it('is refused when it is another one, or when its records have moved', async () => {
    const story = await folded();
    const other = busy(0);
    await expect(assertSameLog(model.checkpoints, other.store())).rejects.toThrow(/not in this log/);
    const moved = new Story(new InMemoryLog('11111111'));
    moved.plant('fair', scheduled());
    for (const record of story.log.records) moved.log.push(record);
    await expect(assertSameLog(model.checkpoints, moved.store())).rejects.toThrow(/at position/);
  });

  it('is adopted when it is the same under another name', async () => {
    const story = await folded();
    await assertSameLog(model.checkpoints, story.store());
    const renewed = new Story(new InMemoryLog('22222222'));
    for (const record of story.log.records) renewed.log.push(record);
    const checkpoint = await assertSameLog(model.checkpoints, renewed.store());
    expect(checkpoint.logId).toBe('22222222');
    expect(await model.checkpoints.read()).toEqual(checkpoint);
  });

  it('is adopted by tables that are still empty', async () => {
    expect((await assertSameLog(model.checkpoints, busy().store())).logId).toBe('0badcafe');
  });
});

describe('Tables folded from the beginning', () => {
  /** Indexes and constraints, as the database describes them. */
  const parts = async (): Promise<unknown[]> => {
    const { rows } = await model.pool.query(`
      SELECT indexdef AS part FROM pg_indexes WHERE schemaname = 'read_model_g1'
      UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'read_model_g1'::regnamespace ORDER BY part`);
    return rows.map(({ part }: { part: string }) => part);
  };
  const isBare = async () => (await model.checkpoints.read()).isBare;
  let whole: unknown[];
  beforeAll(async () => {
    // As they are made by the migrations, whatever the tests before have left.
    await model.pool.query(`DROP SCHEMA read_model_g1 CASCADE; DELETE FROM projections.checkpoint;
      DELETE FROM projections.left_out; SELECT projections.create_generation(1); SELECT projections.show_generation(1)`);
    whole = await parts();
  });
  beforeEach(() => model.pool.query('SELECT projections.start_over(1)'));

  it('get their foreign keys and second indexes when they have reached the end of the log', async () => {
    const bare = await parts();
    expect(whole.filter((part) => !bare.includes(part)).length).toBeGreaterThan(12);
    expect(bare).toContainEqual(expect.stringContaining('one_active_booking'));
    const story = busy().ask('gala', callOff());
    start(story);
    await until(async () => !(await isBare()));
    expect(await parts()).toEqual(whole);
    story.ask('quiz', book('late'));
    await reached(story);
    await model.expectTables(story.records());
    await expect(
      model.pool.query(
        'INSERT INTO read_model_g1.bookings SELECT * FROM jsonb_populate_record((SELECT b FROM read_model_g1.bookings b LIMIT 1), \'{"booking_id":"x","user_id":"nobody"}\')',
      ),
    ).rejects.toThrow(/foreign key/);
  });

  it('find the rows of the history that a batch closes by an index, while they are bare and afterwards', async () => {
    const { closeHistory, endBookings } = statementsFor('read_model_g1');
    const plan = async ({ text }: Statement, values: readonly unknown[]): Promise<string> => {
      const client = await model.pool.connect();
      try {
        await client.query(`BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off;
          SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, [...values]);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      } finally {
        client.release(true);
      }
    };
    const expectIndex = async (index: RegExp): Promise<void> => {
      expect(await plan(closeHistory, [[], [], [], []])).toMatch(index);
      expect(await plan(endBookings, ['gala', '2027-01-01T00:00:00Z', 1, 'operator'])).toMatch(index);
    };
    await expectIndex(/Index Scan using booking_history_by_fact.*\n.*Index Cond: .*event_id.* AND .*revision/);
    start(new Story());
    await until(async () => !(await isBare()));
    await expectIndex(/Index Scan using booking_history_pkey/);
  });

  it('are completed as they are where an earlier version made them bare, and made bare anew when they are emptied', async () => {
    // What 0040_bare_generation.sql leaves out, and no more.
    const before = `ALTER TABLE read_model_g1.booking_history ADD PRIMARY KEY (booking_id, revision);
      DROP INDEX read_model_g1.booking_history_by_fact;
      DELETE FROM projections.left_out WHERE number = 0 OR statement LIKE '%PRIMARY KEY%'`;
    const story = busy();
    for (const thenBegin of ['', 'SELECT projections.start_over(1); SELECT projections.start_over(1)']) {
      await model.pool.query(`SELECT projections.start_over(1); ${before}; ${thenBegin}`);
      const projector = start(story);
      await until(async () => !(await isBare()));
      projector.stop.abort();
      await projector.done;
      expect(await parts()).toEqual(whole);
      await model.expectTables(story.records());
    }
  });

  it('get them at once where the log is empty', async () => {
    start(new Story());
    await until(async () => !(await isBare()));
    expect(await parts()).toEqual(whole);
  });

  it('are completed by the next projector when the first is stopped half-way, or its server session dies', async () => {
    const story = busy();
    const { checkpoints } = model;
    let kills = 0;
    const dying = Object.create(checkpoints, {
      complete: {
        value: async (at: Parameters<typeof checkpoints.complete>[0]) => {
          if (kills++ === 0) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
          return checkpoints.complete(at);
        },
      },
    }) as ProjectorParts['checkpoints'];
    const first = start(story, { checkpoints: dying }, { batchSize: 7 });
    await until(async () => (await checkpoints.read()).position > 0n);
    first.stop.abort();
    await first.done;
    start(story, { checkpoints: dying }, { batchSize: 7 });
    await until(async () => !(await isBare()));
    expect(kills).toBeGreaterThan(1);
    expect(await parts()).toEqual(whole);
    await model.expectTables(story.records());
  });

  it('are completed by one of two that fold at once', async () => {
    const story = busy();
    start(story, {}, { batchSize: 5 });
    start(story, {}, { batchSize: 6 });
    await until(async () => !(await isBare()));
    await reached(story);
    expect(await parts()).toEqual(whole);
    await model.expectTables(story.records());
  });
});
