import { setTimeout as sleep } from 'node:timers/promises';
import { checkpointStatus } from '../../projections/checkpoint-status.js';
import { openLanes } from '../../projections/open.js';
import { registerProjections } from '../../src/cli/projections.js';
import { registerVerify } from '../../src/cli/verify.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore } from '../../src/infrastructure/event-store/open.js';
import { SystemTime, UNCOMPARED } from '../../src/infrastructure/time.js';
import { run, type Printed } from '../support/cli.js';
import { calledOff, confirmed, renamed, scheduled } from '../support/facts.js';
import { write } from '../support/log.js';
import { silent } from '../support/postgres.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

const time = new SystemTime(UNCOMPARED);

let model: ReadModel;
let story: Story;
beforeEach(async () => {
  model = await ReadModel.open();
  story = new Story();
});
afterEach(() => model.close());

const settings = () => ({ DATABASE_URL: model.url, PROJECTOR_STANDBY_MS: '300', FEED_POLL_MS: '5' });
const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerProjections, settings(), 'projections', ...words);
const json = async (...words: string[]): Promise<unknown> => JSON.parse((await holdfast(...words, '--json')).stdout);
const put = (count: number): Promise<void> => write(model.url, story.log.records.slice(-count));

/** Follows the log as every process does, for as long as `work` takes. */
async function following<T>(work: () => Promise<T>): Promise<T> {
  const config = loadStoreConfig(settings());
  const log = openEventStore(model.url, config, silent);
  const stop = new AbortController();
  const running = openLanes({ pool: model.pool, ...log, time, logger: silent }, config, model.url).run(stop.signal);
  try {
    return await work();
  } finally {
    stop.abort();
    await running;
    await log.close();
  }
}

/** As the command says; it is asked when that is so. */
async function comesTo(generation: number, { position, state = 'up to date' }: Expected): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 10) {
    const found = (await checkpointStatus(model.pool)).find((each) => each.generation === generation);
    if (String(found?.position) === position && ((found?.halt ?? null) !== null) === (state === 'halted')) break;
    if (waitedMs > 3_000) throw new Error(`generation ${generation} stays at ${found?.position}`);
    await sleep(10);
  }
  const states = (await json('status')) as { generation: number }[];
  expect(states.find((each) => each.generation === generation)).toMatchObject({ state, position });
}

interface Expected {
  readonly position: string;
  readonly state?: string;
}

async function expectVerified(): Promise<void> {
  const { stdout, exitCode } = await run(registerVerify, settings(), 'verify');
  expect([exitCode, stdout]).toEqual([null, expect.stringMatching(/every row is as the log says/)]);
}

describe('A pause', () => {
  it('is kept by every projector until resume, is seen, and costs nothing', async () => {
    story.plant('gala', scheduled()).plant('gala', confirmed('ann'));
    await put(2);
    await following(async () => {
      await comesTo(1, { position: '2' });
      expect((await holdfast('pause', '--dry-run')).stdout).toBe('would be paused: generation 1\n');
      expect((await holdfast('pause', '--by', 'eve', '--reason', 'new disks')).stdout).toBe('paused: generation 1\n');
      expect((await holdfast('pause')).stdout).toBe('nothing is running\n');
      story.plant('gala', confirmed('bob'));
      await put(1);
      await sleep(100);
      expect(await json('status')).toMatchObject([
        { state: 'paused', position: '2', head: '3', pause: { by: 'eve', reason: 'new disks' } },
      ]);
      const { stdout } = await holdfast('status');
      expect(stdout).toMatch(/bookings, generation 1, paused at 2\S+Z by eve: new disks\n {2}To go on: holdfast/);
      expect(await json('resume', '--dry-run')).toEqual([{ projection: 'bookings', generation: 1, was: 'paused' }]);
      expect((await holdfast('resume', '--dry-run')).stdout).toBe('would be resumed: bookings, generation 1\n');
      expect((await holdfast('resume')).stdout).toBe('resumed: bookings, generation 1\n');
      await comesTo(1, { state: 'up to date', position: '3' });
    });
    await model.expectTables(story.records());
  });

  it('is of one generation where that is said', async () => {
    await expect(holdfast('pause', '--generation', '5')).rejects.toThrow('there is no generation 5; there is 1');
    await holdfast('rebuild');
    await holdfast('pause', '--generation', '2');
    story.plant('gala', scheduled());
    await put(1);
    await following(async () => {
      await comesTo(1, { state: 'up to date', position: '1' });
      await comesTo(2, { state: 'paused', position: '0' });
    });
  });
});

it('The status is told again and again, one line of JSON each time', async () => {
  const { stdout } = await holdfast('status', '--watch', '--every', '0.01', '--times', '3');
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[2]!)).toMatchObject([{ generation: 1, state: 'up to date' }]);
  await expect(holdfast('status', '--watch', '--every', 'often')).rejects.toThrow(/Expected seconds/);
});

describe('A record that is skipped', () => {
  const why = ['--reason', 'a double booking that a test has made', '--by', 'eve', '--yes'] as const;

  /** Two facts, one that cannot be folded, and one after it in the same stream. */
  async function poisoned(): Promise<void> {
    story.plant('gala', scheduled()).plant('gala', confirmed('ann'));
    story.plant('gala', confirmed('ann', { bookingId: 'b-2' })).plant('gala', confirmed('bob'));
    await put(4);
  }

  it('is left out by the fold that halted before it, by verify, and by a rebuild; its revision counts', async () => {
    await poisoned();
    await following(async () => {
      await comesTo(1, { state: 'halted', position: '2' });
      for (const [position, reason] of [
        ['2', 'generation 1 is halted before position 3, and only such a record may be skipped'],
        ['4', 'position 4 cannot be skipped'],
      ] as const)
        await expect(holdfast('skip', position, ...why)).rejects.toThrow(reason);
      for (const bad of ['0', 'three', '-1', '3.5'])
        await expect(holdfast('skip', ...why, '--', bad)).rejects.toThrow(/Expected a position in the log/);
      await expect(holdfast('skip', '3', '--yes')).rejects.toThrow(/--reason/);
      await expect(holdfast('skip', '3', '--reason', ' ', '--yes')).rejects.toThrow(/1 to 500 characters/);
      await expect(holdfast('skip', '3', '--reason', 'why not')).rejects.toThrow(/Say --yes/);
      expect((await holdfast('skip', '3', '--dry-run', '--reason', 'why not')).stdout).toBe(
        'position 3, booking-gala, revision 2, would be left out; would be resumed: generation 1\n',
      );
      await comesTo(1, { state: 'halted', position: '2' });
      expect(await json('skip', '3', ...why)).toMatchObject({
        ...{ position: '3', stream: 'booking-gala', revision: 2, by: 'eve', generations: [1] },
        haltReason: 'double booking: the user already has the active booking b-ann',
      });
      await comesTo(1, { state: 'up to date', position: '4' });
    });
    await expectVerified();
    const { rows } = await model.pool.query('SELECT revision, seats_taken FROM read_model.events');
    expect(rows).toEqual([{ revision: 3, seats_taken: 2 }]);
    expect(await json('rebuild')).toMatchObject({ same: true, folded: 4 });
    await holdfast('switch', '--yes');
    await expectVerified();
    const listed = await holdfast('list');
    expect(listed.stdout).toMatch(
      /left out: position 3, booking-gala, revision 2; by eve at 2\S+Z\n {2}reason +a double/,
    );
    await expect(holdfast('skip', '3', ...why)).rejects.toThrow(/no generation is halted/);
  });

  it('is left out by a generation that had not yet come to it, though it was followed all the while', async () => {
    story.plant('gala', scheduled()).plant('gala', confirmed('ann'));
    await put(2);
    await following(async () => {
      await holdfast('rebuild');
      await holdfast('pause', '--generation', '2');
      // Only the first generation has this row in its way, so that the second would have folded the record.
      await model.pool
        .query(`INSERT INTO read_model_g1.booking_history (booking_id, revision, event_id, user_id, change,
        seats, status, offer, actor, valid_from) VALUES ('b-bob', 2, 'x', 'x', 'x', 1, 'held', false, 'x', now())`);
      story.plant('gala', confirmed('bob')).plant('gala', confirmed('cyd'));
      await put(2);
      await comesTo(1, { state: 'halted', position: '2' });
      await holdfast('skip', '3', ...why);
      await holdfast('resume');
      await comesTo(1, { position: '4' });
      await comesTo(2, { position: '4' });
    });
    await model.pool.query(`DELETE FROM read_model_g1.booking_history WHERE event_id = 'x'`);
    await expectVerified();
    expect(await json('rebuild')).toMatchObject({ same: true, folded: 0 });
    // As if it had never been written, but for the revision.
    const { rows } = await model.pool.query('SELECT user_id FROM read_model_g2.bookings ORDER BY 1');
    expect(rows).toEqual([{ user_id: 'ann' }, { user_id: 'cyd' }]);
  });

  it('is left out also by whoever read the list before: the batch is not taken from them', async () => {
    await poisoned();
    const [first, second, third] = story.records();
    await model.fold([first!, second!], [2]);
    const before = await model.checkpoints.read();
    await model.checkpoints.halt(before, third!, 'double booking');
    await holdfast('skip', '3', ...why);
    const nothing = async () => undefined;
    expect(await model.checkpoints.advance(before, third!, nothing)).toBeNull();
    const after = await model.checkpoints.read();
    expect(after.skipped).toEqual(new Set([third!.id]));
    expect(await model.checkpoints.advance(after, third!, nothing)).toMatchObject({ position: 3n });
  });

  it('is none that another generation has folded already', async () => {
    story.plant('gala', scheduled()).plant('gala', confirmed('ann'));
    await put(2);
    await holdfast('rebuild');
    story.plant('gala', confirmed('bob'));
    await put(1);
    await model.pool.query(`ALTER TABLE read_model_g2.bookings ADD CHECK (user_id <> 'bob')`);
    await following(async () => {
      await comesTo(1, { position: '3' });
      await comesTo(2, { state: 'halted', position: '2' });
      await expect(holdfast('skip', '3', ...why)).rejects.toThrow('generation 1 has folded position 3');
    });
    await expectVerified();
  });

  it('may be one that nobody can read: the service starts on it, and repair steps over it', async () => {
    story.plant('gala', scheduled()).plant('gala', confirmed('ann'));
    const last = story.log.records.at(-1)!;
    const id = '00000000-0000-8000-8000-0000000000ff';
    story.log.push({ ...last, revision: 2, id, type: 'BookingUpgraded' });
    await put(3);
    await following(async () => {
      await comesTo(1, { state: 'halted', position: '2' });
      await holdfast('skip', '3', ...why);
      await comesTo(1, { state: 'up to date', position: '3' });
    });
    // A new start reads the checkpoint's record again.
    await following(async () => {
      story.plant('gala', renamed('Soiree'), 3);
      await put(1);
      await comesTo(1, { position: '4' });
    });
    await expectVerified();
    await model.pool.query(`UPDATE read_model_g1.events SET title = 'Other', revision = 1 WHERE event_id = 'gala'`);
    const { stdout, exitCode } = await run(registerVerify, settings(), 'verify', '--repair');
    expect([exitCode, stdout]).toEqual([null, expect.stringContaining('mended: rewritten events gala')]);
    expect(await json('rebuild')).toMatchObject({ same: true });
  });

  it('is known to a repair by its id, wherever it stood in the log in which it was skipped', async () => {
    await poisoned();
    const [first, second, third] = story.records();
    await model.fold([first!, second!], [2]);
    await model.checkpoints.halt(await model.checkpoints.read(), third!, 'double booking');
    await holdfast('skip', '3', ...why);
    const mended = async (elsewhere: number): Promise<unknown> => {
      await model.pool.query(`UPDATE projections.skips SET position = ${elsewhere}`);
      await model.pool.query(`UPDATE read_model_g1.events SET title = 'Other'`);
      const { exitCode } = await run(registerVerify, settings(), 'verify', '--repair');
      const { rows } = await model.pool.query('SELECT title, revision, seats_taken FROM read_model.events');
      return [exitCode, ...rows];
    };
    // The tables have not come to it here, whatever its position says.
    expect(await mended(1)).toEqual([null, { title: 'Matinee', revision: 1, seats_taken: 1 }]);
    await following(() => comesTo(1, { position: '4' }));
    expect(await mended(4711)).toEqual([null, { title: 'Matinee', revision: 3, seats_taken: 2 }]);
    // What was skipped at that place in another log is not what stands there in this one.
    await model.pool
      .query(`INSERT INTO projections.skips (projection, record_id, position, stream, revision, halt_reason,
      skipped_by, reason) SELECT projection, gen_random_uuid(), 4, stream, 3, halt_reason, skipped_by, reason FROM projections.skips`);
    expect(await mended(4)).toEqual([null, { title: 'Matinee', revision: 3, seats_taken: 2 }]);
  });

  it('may be one of several of an event: a repair steps over each of them', async () => {
    await poisoned();
    story.plant('gala', confirmed('bob', { bookingId: 'b-3' })).plant('gala', confirmed('cyd'));
    await put(2);
    await following(async () => {
      await comesTo(1, { state: 'halted', position: '2' });
      await holdfast('skip', '3', ...why);
      await comesTo(1, { state: 'halted', position: '4' });
      await holdfast('skip', '5', ...why);
      await comesTo(1, { state: 'up to date', position: '6' });
    });
    await model.pool.query(`UPDATE read_model_g1.events SET title = 'Other'`);
    const { exitCode } = await run(registerVerify, settings(), 'verify', '--repair');
    const { rows } = await model.pool.query('SELECT title, revision, seats_taken FROM read_model.events');
    expect([exitCode, ...rows]).toEqual([null, { title: 'Matinee', revision: 5, seats_taken: 3 }]);
  });

  it('may be one that calls off an event, or was to begin one', async () => {
    story.plant('gala', scheduled()).plant('gala', calledOff()).plant('gala', calledOff());
    story.plant('fair', scheduled({ holdSeconds: 3e9 })).plant('quiz', scheduled());
    await put(5);
    await following(async () => {
      await comesTo(1, { state: 'halted', position: '2' });
      await holdfast('skip', '3', ...why);
      await comesTo(1, { state: 'halted', position: '3' });
      await holdfast('skip', '4', ...why);
      await comesTo(1, { state: 'up to date', position: '5' });
    });
    await expectVerified();
    const { rows } = await model.pool.query('SELECT event_id, revision, status FROM read_model.events ORDER BY 1');
    expect(rows).toEqual([
      { event_id: 'gala', revision: 2, status: 'cancelled' },
      { event_id: 'quiz', revision: 0, status: 'scheduled' },
    ]);
    expect(await json('rebuild')).toMatchObject({ same: true });
  });
});
