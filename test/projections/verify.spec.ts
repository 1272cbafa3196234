import fc from 'fast-check';
import { TABLES, TABLE_NAMES, timestamp } from '../../projections/canonical.js';
import { repairCheckpoint, repairTables } from '../../projections/repair.js';
import { VERIFY_SETTINGS, type VerifySettings } from '../../projections/verify-settings.js';
import { isAsItShouldBe, verifyTables, type TablesReport } from '../../projections/verify.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { steps } from '../support/asks.js';
import { MINUTE, SECOND, book, callOff, cancel, change, confirm, scheduleIt, settle } from '../support/facts.js';
import { MemoryWalk } from '../support/memory-walk.js';
import { onServer } from '../support/postgres.js';
import { storyOf } from './random-story.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

let model: ReadModel;
beforeAll(async () => {
  model = await ReadModel.open();
});
beforeEach(() => model.clear());
afterAll(() => model.close());

const portsOf = (story: Story) => {
  const { log } = story;
  const walk = new MemoryWalk(log.records, 50);
  const codec = new Codec(UPCASTERS);
  const store = story.store();
  return {
    ...{ pool: model.pool, walk, openWalk: () => walk, codec, store },
    logId: log.identity,
    streamPrefix: 'booking-',
  };
};
const verify = (story: Story, settings: Partial<VerifySettings> = {}) =>
  verifyTables(portsOf(story), { ...VERIFY_SETTINGS, ...settings });

/** As over an engine whose streams have no order: the log has to be read from end to end. */
const verifyWithoutOrder = (story: Story, settings: Partial<VerifySettings> = {}) => {
  const ports = portsOf(story);
  return verifyTables(
    { ...ports, walk: Object.assign(ports.walk, { byStream: undefined }) },
    { ...VERIFY_SETTINGS, ...settings },
  );
};

/** As somebody who may do everything, foreign keys included. */
const tamper = (text: string): Promise<unknown> =>
  onServer(model.url, (client) => client.query(`SET session_replication_role = replica; ${text}`));

/** Everything that a booking can go through, on two events of which one is called off. */
function fullStory(): Story {
  const story = new Story().ask('gala', scheduleIt({ capacity: 3, resource: 'hall' })).ask('quiz', scheduleIt());
  const tick = (ms = SECOND) => (story.now += ms);
  tick();
  story.ask('gala', book('ann', { seats: 2, hold: true })).ask('gala', book('bob', { reference: 'PO-1' }));
  story.ask('gala', book('cyd', { waitlist: true })).ask('quiz', book('ann', { bookingId: 'q-ann' }));
  tick(11 * MINUTE);
  story
    .ask('gala', settle)
    .ask('gala', confirm('cyd'))
    .ask('gala', change('bob', { reference: 'PO-2' }));
  tick();
  story.ask('gala', cancel('bob', { reason: 'ill' })).ask('gala', book('bob', { bookingId: 'b-bob-2' }));
  return story.ask('quiz', book('eve', { bookingId: 'q-eve', hold: true })).ask('quiz', callOff());
}

async function folded(): Promise<Story> {
  const story = fullStory();
  await model.fold(story.records(), [7]);
  return story;
}

describe('tables that are a fold of the log', () => {
  it('are found to be so, whatever happened, and however little fits into memory', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (asked) => {
        const story = storyOf(asked);
        await model.clear();
        await model.fold(story.records(), [9]);
        const whole = await verify(story);
        expect(whole).toMatchObject({ differences: [], checkpoint: [], passes: 1, records: story.records().length });
        expect(whole.expectedChecksum).toBe(whole.checksum);
        for (const budget of [300_000, 12]) {
          const other = await verifyWithoutOrder(story, { budget });
          expect(other).toMatchObject({ differences: [], checksum: whole.checksum, rows: whole.rows });
          expect(other.passes > 1 || budget > 12 || story.records().length < 12).toBe(true);
        }
        // So small that every event is compared by itself, if it is not too large even for that.
        expect(await verify(story, { budget: 60 })).toMatchObject({ different: 0, checksum: whole.checksum });
      }),
      { numRuns: 15, seed: 20_270_301 },
    );
  }, 30_000);

  it('are read once, stream by stream, where streams have an order, and only as far as the checkpoint', async () => {
    const story = fullStory();
    const records = story.records();
    for (let folded = 0; folded < records.length; folded++) {
      await model.fold(records.slice(folded, folded + 1), [1]);
      const ports = portsOf(story);
      const walk = Object.assign(ports.walk, { pages: () => expect('the log').toBe('read by streams only') });
      for (const budget of [300_000, 40]) {
        const report = await verifyTables({ ...ports, walk: walk as never }, { ...VERIFY_SETTINGS, budget });
        expect(report).toMatchObject({ different: 0, records: folded + 1, position: BigInt(folded + 1), passes: 1 });
      }
    }
  });

  it('are compared column by column, none left out', async () => {
    for (const name of TABLE_NAMES) {
      const { rows } = await model.pool.query<{ column_name: string }>(
        `SELECT column_name FROM information_schema.columns WHERE table_schema = 'read_model_g1' AND table_name = $1`,
        [name],
      );
      expect(rows.map(({ column_name }) => column_name).sort()).toEqual([...TABLES[name].columns].sort());
    }
  });

  it.each([0, 1, 10, 100, 120, 999].map((ms) => Date.UTC(2027, 2, 1, 18) + ms))(
    'have instants as Postgres writes them: %i',
    async (instant) => {
      const text = `SET TimeZone = 'UTC'; SELECT '${new Date(instant).toISOString()}'::timestamptz::text AS written`;
      const results = (await onServer(model.url, (client) => client.query(text))) as unknown as {
        rows: { written: string }[];
      }[];
      expect(timestamp(instant)).toBe(results[1]!.rows[0]!.written);
    },
  );

  it('have a checksum that does not depend on where the records stand in which log', async () => {
    const { checksum } = await verify(await folded());
    await model.clear();
    const gala = fullStory().log.records.filter(({ stream }) => stream === 'booking-gala');
    const quiz = fullStory().log.records.filter(({ stream }) => stream === 'booking-quiz');
    const moved = new Story();
    for (const record of [...quiz, ...gala]) moved.log.push(record);
    await model.fold(moved.records(), [3]);
    const { rows } = await model.pool.query<{ position: number }>('SELECT position FROM projections.checkpoint');
    expect(rows[0]!.position).toBe(moved.records().length);
    expect((await verify(moved)).checksum).toBe(checksum);
  });

  it('are of one moment, whatever is written meanwhile', async () => {
    const story = await folded();
    class Meanwhile extends MemoryWalk {
      override async *pages() {
        yield* super.pages();
        await tamper(`UPDATE read_model_g1.bookings SET seats = 9; DELETE FROM read_model_g1.users`);
      }
    }
    const walk = Object.assign(new Meanwhile(story.log.records), { byStream: undefined });
    const report = await verifyTables({ ...portsOf(story), walk });
    expect(report.differences).toEqual([]);
    expect((await verify(story)).different).toBeGreaterThan(0);
  });
});

const g = 'read_model_g1';
/** Of events, but for the one that the database makes itself. */
const COLUMNS = TABLES.events.columns.filter((name) => name !== 'sales_end_at').join();

/** What may be done to a share of the rows of a table, whether or not the result makes sense. */
const hit = (share: number, rest: number, key: string): string => `abs(hashtext(${key})::bigint) % ${share} = ${rest}`;
const HARM: readonly ((share: number, rest: number) => string)[] = [
  ...TABLE_NAMES.map(
    (table) => (share: number, rest: number) =>
      `DELETE FROM ${g}.${table} WHERE ${hit(share, rest, TABLES[table].columns[0])}`,
  ),
  ...(['bookings', 'past_bookings'] as const).flatMap((table) => [
    (share: number, rest: number) =>
      `UPDATE ${g}.${table} SET seats = seats + 1 WHERE ${hit(share, rest, 'booking_id')}`,
    // Onto the next event, the last of all, or one that nobody has heard of.
    ...[`(SELECT min(event_id) FROM ${g}.events)`, `(SELECT max(event_id) FROM ${g}.events)`, `''`, `'zzz'`].map(
      (event) => (share: number, rest: number) =>
        `UPDATE ${g}.${table} SET event_id = coalesce(${event}, 'zzz'), user_id = user_id || booking_id
          WHERE ${hit(share, rest, 'booking_id')}`,
    ),
    (share: number, rest: number) =>
      `UPDATE ${g}.${table} SET booking_id = 'x' || booking_id, user_id = 'x' || booking_id
        WHERE ${hit(share, rest, 'booking_id')}`,
  ]),
  // Ended bookings that are active, and stay in the past as well.
  (share, rest) =>
    `INSERT INTO ${g}.bookings SELECT booking_id, 'y' || booking_id, event_id, seats, 'confirmed', reference, offer,
       booking_time, NULL, NULL, updated_at, revision FROM ${g}.past_bookings WHERE ${hit(share, rest, 'booking_id')}
       ON CONFLICT DO NOTHING`,
  (share, rest) => `UPDATE ${g}.events SET title = 'Other' WHERE ${hit(share, rest, 'event_id')}`,
  (share, rest) =>
    `UPDATE ${g}.events SET event_id = '+' || event_id WHERE ${hit(share, rest, 'event_id')} AND event_id NOT LIKE '+%'`,
  (share, rest) => `UPDATE ${g}.users SET user_id = user_id || '+' || user_id WHERE ${hit(share, rest, 'user_id')}`,
  (share, rest) => `UPDATE ${g}.booking_history SET actor = 'mallory' WHERE ${hit(share, rest, 'booking_id')}`,
  (share, rest) =>
    `UPDATE ${g}.booking_history SET revision = revision + 1000 WHERE ${hit(share, rest, 'booking_id || revision')}`,
  (share, rest) =>
    `UPDATE ${g}.booking_history SET booking_id = booking_id || '+' WHERE ${hit(share, rest, 'booking_id || revision')}`,
];

/** Where a user first appears depends on the order of reading; one of their events is as good as another. */
const said = (report: TablesReport) => ({
  ...{ ...report, passes: 1 },
  differences: report.differences.map((each) => (each.table === 'users' ? { ...each, events: [] } : each)),
});

describe('tables that are not', () => {
  it.each([
    [
      'a booking has other seats',
      `UPDATE ${g}.bookings SET seats = 9 WHERE booking_id = 'b-cyd'`,
      ['bookings b-cyd differs seats 9 1'],
    ],
    [
      'an instant is off by a microsecond',
      `UPDATE ${g}.past_bookings SET updated_at = updated_at + interval '1 microsecond' WHERE booking_id = 'b-bob'`,
      ['past_bookings b-bob differs updated_at 2027-03-01 12:11:02.000001+00 2027-03-01 12:11:02+00'],
    ],
    [
      'a value is null',
      `UPDATE ${g}.events SET resource = NULL WHERE event_id = 'gala'`,
      ['events gala differs resource null hall'],
    ],
    [
      'a count is wrong',
      `UPDATE ${g}.events SET seats_taken = 3, is_booked = true WHERE event_id = 'gala'`,
      ['events gala differs seats_taken 3 2, is_booked t f'],
    ],
    [
      'three rows were deleted',
      `DELETE FROM ${g}.bookings WHERE booking_id = 'b-bob-2'; DELETE FROM ${g}.past_bookings WHERE booking_id = 'b-ann'; DELETE FROM ${g}.booking_history WHERE booking_id = 'b-cyd' AND revision = 3`,
      ['bookings b-bob-2 missing', 'past_bookings b-ann missing', 'booking_history b-cyd/3 missing'],
    ],
    ['an event was deleted', `DELETE FROM ${g}.events WHERE event_id = 'quiz'`, ['events quiz missing']],
    ['a user was deleted', `DELETE FROM ${g}.users WHERE user_id = 'eve'`, ['users eve missing']],
    [
      'somebody has a booking that nobody made',
      `INSERT INTO ${g}.bookings (booking_id, user_id, event_id, seats, status, offer, updated_at, revision) VALUES ('b-x', 'eve', 'gala', 1, 'confirmed', false, now(), 1)`,
      ['bookings b-x extra'],
    ],
    ['there is a stranger', `INSERT INTO ${g}.users VALUES ('mallory')`, ['users mallory extra']],
    [
      'there are strangers',
      `INSERT INTO ${g}.users VALUES ('mallory');
       INSERT INTO ${g}.events (${COLUMNS}) SELECT 'ghost', ${COLUMNS.replace('event_id,', '')} FROM ${g}.events WHERE event_id = 'gala';
       INSERT INTO ${g}.bookings (booking_id, user_id, event_id, seats, status, offer, updated_at, revision)
       VALUES ('b-m', 'mallory', 'ghost', 1, 'confirmed', false, now(), 1)`,
      ['users mallory extra', 'events ghost extra', 'bookings b-m extra'],
    ],
    [
      'a past that never was',
      `INSERT INTO ${g}.booking_history SELECT 'b-never', revision, event_id, user_id, change, seats, status, reference, offer, expires_at, ended_reason, actor, valid_from, valid_to FROM ${g}.booking_history WHERE booking_id = 'b-cyd' AND revision = 3`,
      ['booking_history b-never/3 extra'],
    ],
    [
      'a booking is on another event',
      `UPDATE ${g}.bookings SET event_id = 'quiz' WHERE booking_id = 'b-cyd'`,
      ['bookings b-cyd differs event_id quiz gala'],
    ],
    [
      'an ended booking is still active',
      `INSERT INTO ${g}.bookings SELECT booking_id, 'zoe', event_id, seats, 'confirmed', reference, offer, booking_time, NULL, NULL, updated_at, revision FROM ${g}.past_bookings WHERE booking_id = 'b-bob'; DELETE FROM ${g}.past_bookings WHERE booking_id = 'b-bob'`,
      ['bookings b-bob extra', 'past_bookings b-bob missing'],
    ],
    [
      'everything is gone',
      `DELETE FROM ${g}.users; DELETE FROM ${g}.events; DELETE FROM ${g}.bookings; DELETE FROM ${g}.past_bookings; DELETE FROM ${g}.booking_history`,
      null,
    ],
  ])('because %s: are found out, named, and mended, and nothing else is touched', async (_, sql, expected) => {
    const story = await folded();
    const { checksum } = await verify(story);
    await tamper(sql);
    const report = await verify(story);
    expect(report).toEqual(await verifyWithoutOrder(story));
    expect(report.expectedChecksum).toBe(checksum);
    expect(report.checksum).not.toBe(checksum);
    const named = report.differences.map(({ table, keys, kind, columns }) => {
      const fields = columns.map(({ name, found, expected: should }) => `${name} ${found} ${should}`).join(', ');
      return `${table} ${keys.join('/')} ${kind}${fields === '' ? '' : ` ${fields}`}`;
    });
    if (expected !== null) expect(named).toEqual(expected);
    const untouched = await xminOf();
    const mended = [];
    for (let rounds = 0; rounds < 3; rounds++)
      mended.push(...(await repairTables(portsOf(story), await verify(story))));
    await model.expectTables(story.records());
    expect(await verify(story)).toMatchObject({ different: 0, checksum });
    const touched = new Set(report.differences.map(({ table, keys }) => `${table} ${keys.join('/')}`));
    // Each row once, and what was done to it.
    const did = report.differences.map(({ table, keys, kind }) => ({ table, keys, did: CURE[kind] }));
    expect(inOrder(mended)).toEqual(inOrder(did));
    for (const [row, xmin] of await xminOf())
      if (!touched.has(row)) expect([row, xmin]).toEqual([row, untouched.get(row)]);
  });

  const CURE = { missing: 'inserted', differs: 'rewritten', extra: 'deleted' } as const;
  const inOrder = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

  /** Which transaction wrote each row. */
  async function xminOf(): Promise<Map<string, string>> {
    const written = new Map<string, string>();
    for (const table of TABLE_NAMES) {
      const key = table === 'booking_history' ? `booking_id || '/' || revision` : TABLES[table].columns[0];
      const { rows } = await model.pool.query<{ key: string; xmin: string }>(
        `SELECT ${key} AS key, xmin::text FROM ${g}.${table}`,
      );
      for (const row of rows) written.set(`${table} ${row.key}`, row.xmin);
    }
    return written;
  }

  it('are found out whichever row is changed', async () => {
    const story = await folded();
    for (const table of TABLE_NAMES) {
      const key = TABLES[table].columns[0];
      const { rows } = await model.pool.query<{ ctid: string }>(`SELECT ctid::text FROM ${g}.${table} ORDER BY ${key}`);
      for (const { ctid } of rows) {
        const rest = TABLES[table].columns.join().replace(',sales_end_at', '');
        await tamper(
          `CREATE TABLE public.kept AS SELECT ${rest} FROM ${g}.${table} WHERE ctid = '${ctid}'; DELETE FROM ${g}.${table} WHERE ctid = '${ctid}'`,
        );
        const report = await verify(story);
        expect([table, report.different, report.differences[0]?.kind]).toEqual([table, 1, 'missing']);
        await tamper(`INSERT INTO ${g}.${table} (${rest}) SELECT * FROM public.kept; DROP TABLE public.kept`);
      }
    }
    expect((await verify(story)).different).toBe(0);
  });

  it('are told the same by one pass over the streams as by all others, whatever was done to them', async () => {
    const stories = [fullStory(), storyOf(fc.sample(steps, { numRuns: 1, seed: 11 })[0]!)];
    const damage = fc.array(
      fc.record({ of: fc.constantFrom(...HARM), share: fc.constantFrom(2, 3, 7, 1), rest: fc.nat(6) }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...stories), damage, async (story, harms) => {
        await model.clear();
        await model.fold(story.records(), [40]);
        const { checksum } = await verify(story);
        for (const { of, share, rest } of harms) await tamper(of(share, rest % share));
        const report = await verifyWithoutOrder(story);
        expect(report.expectedChecksum).toBe(checksum);
        for (const settings of [{}, { budget: 60 }, { keys: 0 }])
          expect(said(await verify(story, settings))).toEqual(said(report));
        const { differences, different } = await verify(story, { told: 3, budget: 60 });
        expect([differences.length, different]).toEqual([Math.min(3, report.different), report.different]);
        const all = said(report).differences;
        for (const difference of said({ ...report, differences }).differences) expect(all).toContainEqual(difference);
      }),
      { numRuns: 15, seed: 20_270_302 },
    );
  }, 30_000);

  it('are counted beyond those that are told', async () => {
    const story = await folded();
    await tamper(`DELETE FROM ${g}.booking_history`);
    const { differences, different, rows } = await verify(story, { told: 2 });
    expect([differences.length, different]).toEqual([2, rows.booking_history.expected]);
  });

  it('are not mended while somebody else moves the checkpoint', async () => {
    const story = await folded();
    await tamper(`DELETE FROM ${g}.bookings`);
    const report = await verify(story);
    let isDone = false;
    const client = await model.pool.connect();
    await client.query('BEGIN; SELECT FROM projections.checkpoint FOR UPDATE');
    const repairing = repairTables(portsOf(story), report).then(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isDone).toBe(false);
    await client.query('COMMIT');
    client.release();
    await repairing;
    await model.expectTables(story.records());
  });

  it('are mended where a title is what stands for no value', async () => {
    for (const title of ['\\N', '\\\\N', '\\']) {
      await model.clear();
      const story = new Story().ask('gala', scheduleIt({ title }));
      await model.fold(story.records(), [1]);
      await tamper(`UPDATE ${g}.events SET waiting = 1`);
      const report = await verify(story);
      expect(report.differences[0]?.columns).toEqual([{ name: 'waiting', found: '1', expected: '0' }]);
      await repairTables(portsOf(story), report);
      await model.expectTables(story.records());
    }
  });

  const onto = (event: string, id: string): string =>
    `UPDATE ${g}.bookings SET event_id = '${event}' WHERE booking_id = '${id}';`;
  it.each([
    ['of the first', `DELETE FROM ${g}.bookings WHERE booking_id = 'a-ann'; ${onto('a', 'b-ann')}`],
    ['of the second', `DELETE FROM ${g}.bookings WHERE booking_id = 'b-ann'; ${onto('b', 'a-ann')}`],
    ['of each other', `${onto('c', 'a-ann')} ${onto('a', 'b-ann')} ${onto('b', 'a-ann')}`],
    ['of all of them', `UPDATE ${g}.bookings SET booking_id = 'x' || booking_id`],
  ])('are mended where bookings stand in the places %s, however few are told at once', async (_, harm) => {
    for (const told of [1, 2, 100]) {
      await model.clear();
      const story = new Story().ask('a', scheduleIt()).ask('b', scheduleIt()).ask('c', scheduleIt());
      story.ask('a', book('ann', { bookingId: 'a-ann' })).ask('b', book('ann', { bookingId: 'b-ann' }));
      await model.fold(story.records(), [9]);
      await tamper(harm);
      for (let rounds = 0; rounds < 5; rounds++)
        await repairTables(portsOf(story), await verify(story, { told, budget: 60 }));
      await model.expectTables(story.records());
      expect((await verify(story)).different).toBe(0);
    }
  });

  it('are mended also where what comes next cannot be read, and is left out or not', async () => {
    for (const isLeftOut of [false, true]) {
      await model.clear();
      const story = fullStory();
      const records = story.records().slice(0, 9);
      await model.fold(records, [9]);
      const next = story.log.records.find(({ stream, position }) => stream === 'booking-gala' && position > 9n)!;
      Object.assign(next, { type: 'Unheard' });
      if (isLeftOut)
        await tamper(
          `INSERT INTO projections.skips (projection, record_id, position, stream, revision, halt_reason, skipped_by, reason)
           VALUES ('bookings', '${next.id}', ${next.position}, '${next.stream}', ${next.revision}, '', '', '')`,
        );
      await tamper(`UPDATE ${g}.events SET title = 'Other'; UPDATE ${g}.bookings SET seats = 7`);
      await repairTables(portsOf(story), await verify(story));
      await model.expectTables(records);
    }
    await tamper('DELETE FROM projections.skips');
  });

  it('are mended up to where the checkpoint stands by then', async () => {
    const story = await folded();
    await tamper(`UPDATE ${g}.events SET title = 'Other' WHERE event_id = 'gala'`);
    const report = await verify(story);
    story.now += SECOND;
    story.ask('gala', cancel('cyd'));
    await model.fold(story.records().slice(-1), [1]);
    await repairTables(portsOf(story), report);
    await model.expectTables(story.records());
  });
});

describe('a checkpoint', () => {
  it.each([
    ['position', 'position = position + 1', /^position is 15, should be 14$/],
    ['position, backwards', 'position = position - 3', /^position is 11, should be 14$/],
    ['position, far beyond the end', 'position = 999999', /^position is 999999, should be 14$/],
    ['revision', 'revision = revision - 1', /^revision is 2, should be 3$/],
    ['stream', `stream = 'booking-gala'`, /^stream is booking-gala, should be booking-quiz$/],
    ['log', `log_id = '00000000'`, /^log_id is 00000000, the log is 0badcafe$/],
  ])('whose %s was changed by hand is found out and mended', async (_, change, expected) => {
    const story = await folded();
    await tamper(`UPDATE projections.checkpoint SET ${change}`);
    const report = await verify(story);
    expect(report.checkpoint).toEqual([expect.stringMatching(expected)]);
    expect(report.different).toBe(0);
    await repairCheckpoint(portsOf(story), report);
    expect(isAsItShouldBe(await verify(story))).toBe(true);
  });

  it('that has moved on meanwhile is left where it stands', async () => {
    const story = await folded();
    await tamper('UPDATE projections.checkpoint SET position = position - 3');
    const report = await verify(story);
    await tamper('UPDATE projections.checkpoint SET position = position + 3');
    story.now += SECOND;
    story.ask('gala', cancel('cyd'));
    await model.fold(story.records().slice(-1), [1]);
    expect(await repairCheckpoint(portsOf(story), report)).toBeNull();
    expect((await model.checkpoints.read()).position).toBe(15n);
    expect(isAsItShouldBe(await verify(story))).toBe(true);
  });

  it('that names a record of another log is told so, and left alone', async () => {
    const story = await folded();
    await tamper(`UPDATE projections.checkpoint SET record_id = '00000000-0000-8000-8000-000000000000'`);
    const report = await verify(story);
    expect(report.checkpoint).toEqual([expect.stringMatching(/is not in this log, which was read up to 14$/)]);
    expect(await repairCheckpoint(portsOf(story), report)).toBeNull();
  });

  it('of empty tables has nothing to be compared with', async () => {
    const report = await verify(fullStory());
    expect([isAsItShouldBe(report), report.records, report.position]).toEqual([true, 0, 0n]);
  });
});

it('a record that cannot be read is named', async () => {
  const story = await folded();
  const record = story.log.records[4]!;
  Object.assign(record, { type: 'Unheard' });
  await expect(verify(story)).rejects.toThrow(
    `position 5, ${record.stream}, revision ${record.revision}: unknown type`,
  );
});
