import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { BookingsProjection } from '../../projections/bookings-tables.js';
import type { Sql, Statement } from '../../projections/projection.js';
import type { RecordedEvent } from '../../src/application/ports.js';
import type { BookingCommand } from '../../src/domain/booking/commands.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  STARTS,
  book,
  callOff,
  calledOff,
  cancel,
  cancelled,
  change,
  changeEvent,
  confirm,
  confirmed,
  extend,
  scheduleIt,
  scheduled,
  settle,
} from '../support/facts.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

let model: ReadModel;
beforeAll(async () => {
  model = await ReadModel.open();
});
beforeEach(() => model.clear());
afterAll(() => model.close());

/** Projectors that remember nothing of what they wrote, so little that they let go of most of it, and all. */
const [forgetful, distracted, mindful] = [0, 3, 1_000].map((limit) => new BookingsProjection(1, 'booking-', limit));

async function expectAnySplit(story: Story, ...splits: number[][]): Promise<void> {
  const records = story.records();
  const ways = splits.flatMap((sizes) => [forgetful, distracted, mindful].map((by) => ({ sizes, by })));
  for (const { sizes, by } of [...ways, { sizes: [1], by: mindful }, { sizes: [records.length], by: mindful }]) {
    await model.clear();
    await model.fold(records, sizes, by);
    await model.expectTables(records);
  }
}

describe('The tables are a fold of the log', () => {
  const EVENTS = ['gala', 'quiz'];
  const CLOSE = STARTS - HOUR;
  const steps = fc.array(
    fc.record({
      event: fc.constantFrom(...EVENTS),
      user: fc.constantFrom('ann', 'bob', 'cyd', 'dan', 'null'),
      what: fc.nat({ max: 20 }),
      seats: fc.integer({ min: 1, max: 4 }),
      jumpMs: fc.constantFrom(0, SECOND, MINUTE, 11 * MINUTE, 5 * HOUR),
    }),
    { minLength: 20, maxLength: 60 },
  );

  interface Step {
    readonly event: string;
    readonly user: string;
    readonly what: number;
    readonly seats: number;
  }

  /** Every booking has an id of its own; the other commands mean the user's last one or the one before. */
  function commandOf({ event, user, what, seats }: Step, made: Map<string, string[]>): BookingCommand {
    const mine = made.get(event + user) ?? ['b-none'];
    if (what < 6) {
      const bookingId = `${event}-${user}-${mine.length}`;
      made.set(event + user, [bookingId, ...mine]);
      return book(user, { bookingId, seats, hold: what < 3, waitlist: what % 2 === 0 });
    }
    const on = { bookingId: mine[seats === 4 ? 1 : 0] ?? mine[0]! };
    if (what < 9) return confirm(user, on);
    if (what < 11) return cancel(user, { ...on, ...(what === 9 ? { reason: 'ill' } : {}) });
    if (what < 13) return change(user, { ...on, seats });
    if (what === 13) return change(user, { ...on, reference: seats === 1 ? null : `ref-${seats}` });
    if (what === 14) return extend(user, 600 * seats, on);
    if (what === 15) return changeEvent({ capacity: 2 * seats });
    if (what === 16)
      return changeEvent({ title: `"Gala" \\ {${seats}}`, rules: { salesCloseAt: seats === 1 ? null : CLOSE } });
    if (what === 17)
      return changeEvent({ startsAt: STARTS + seats * HOUR, endsAt: seats > 2 ? null : STARTS + 9 * HOUR });
    if (what === 18 && seats === 1) return callOff({ reason: 'storm' });
    return settle;
  }

  it('however it is split into batches, to the byte', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(steps, sizes, async (asked, split) => {
        const story = new Story();
        for (const event of EVENTS) story.ask(event, scheduleIt({ capacity: 4, waitlistLimit: 4, resource: 'hall' }));
        const made = new Map<string, string[]>();
        for (const step of asked) {
          story.now += step.jumpMs;
          story.ask(step.event, commandOf(step, made));
        }
        for (const { event } of story.records()) seen.add(event.type);
        await expectAnySplit(story, split);
      }),
      { numRuns: 30, seed: 20_270_301 },
    );
    expect([...seen].sort()).toEqual([
      ...['BookingCancelled', 'BookingConfirmed', 'BookingHeld', 'BookingReferenceChanged', 'BookingSeatsChanged'],
      ...['BookingWaitlisted', 'CapacityChanged', 'EventCancelled', 'EventRenamed', 'EventRescheduled'],
      ...['EventRulesChanged', 'EventScheduled', 'HoldExpired', 'HoldExtended'],
    ]);
  });

  it('for fifty rounds of book, cancel and book again by one user in one batch', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 1 }));
    for (let round = 0; round < 50; round++) {
      story.ask('gala', book('ann', { bookingId: `b-${round}` }));
      if (round < 49) story.ask('gala', cancel('ann', { bookingId: `b-${round}` }));
    }
    await expectAnySplit(story, [3], [2, 50]);
    const { bookings, past_bookings, booking_history } = await model.tables();
    expect([bookings.length, past_bookings.length, booking_history.length]).toEqual([1, 49, 99]);
  });

  it('when capacity and seats rise in one batch', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 2 })).ask('gala', book('ann', { seats: 2 }));
    story.ask('gala', changeEvent({ capacity: 5 })).ask('gala', change('ann', { seats: 4 }));
    await expectAnySplit(story, [2]);
    expect((await model.tables()).events).toMatchObject([{ capacity: 5, seats_taken: 4, is_booked: false }]);
  });

  it('when a late confirm brings an expired booking back', async () => {
    const story = new Story().ask('gala', scheduleIt()).ask('gala', book('ann', { hold: true }));
    story.now += 11 * MINUTE;
    story.ask('gala', settle).ask('gala', confirm('ann')).ask('gala', cancel('ann'));
    await expectAnySplit(story, [3], [2, 2]);
    await model.clear();
    await model.fold(story.records().slice(0, 4), [3]);
    const { bookings, past_bookings, booking_history } = await model.tables();
    expect(bookings).toMatchObject([{ booking_id: 'b-ann', status: 'confirmed', revision: 3 }]);
    expect(past_bookings).toEqual([]);
    expect(booking_history.map(({ status, valid_to }) => [status, valid_to === null])).toEqual([
      ...[
        ['held', false],
        ['expired', false],
        ['confirmed', true],
      ],
    ]);
  });

  it('when an event with many bookings is called off', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 300, waitlistLimit: 100 }));
    for (let i = 0; i < 350; i++) story.ask('gala', book(`user-${i}`, { hold: i % 2 === 0, waitlist: true }));
    story.ask('gala', callOff({ reason: 'storm' }));
    await expectAnySplit(story, [100]);
    const { events, bookings, past_bookings } = await model.tables();
    expect(events).toMatchObject([{ status: 'cancelled', seats_taken: 0, waiting: 0, is_booked: false }]);
    expect([bookings.length, past_bookings.length]).toEqual([0, 350]);
    expect(past_bookings[0]).toMatchObject({ status: 'cancelled', ended_reason: 'event-cancelled', expires_at: null });
  });
});

describe('What a projector has folded from its first record on', () => {
  const asked: string[] = [];
  const written: string[] = [];
  const sql: Sql = {
    ask: async ({ name }) => {
      asked.push(name);
      return [];
    },
    run: async ({ name }) => void written.push(name),
    runLong: async () => undefined,
  };
  const COUNTS = 'counts read_model_g1';
  const first = () =>
    new Story().plant('gala', scheduled({ capacity: 9 })).plant('gala', confirmed('ann', { bookingId: 'b-ann' }));
  const cancels = cancelled('ann', { bookingId: 'b-ann' });
  let records: RecordedEvent[];
  let projection: BookingsProjection;
  beforeEach(async () => {
    records = first()
      .plant('gala', cancels)
      .plant('gala', confirmed('bob', { bookingId: 'b-bob' }))
      .records();
    projection = new BookingsProjection(1, 'booking-', 1);
    written.length = asked.length = 0;
    await projection.apply(sql, records.slice(0, 2));
    expect(asked).toEqual([]);
  });

  it('is not asked for again', async () => {
    await projection.apply(sql, records.slice(2, 3));
    expect(asked).toEqual([]);
  });

  it('has the rows of its users, who are not put in again', async () => {
    const other = new Story()
      .plant('quiz', scheduled({ capacity: 9 }))
      .plant('quiz', confirmed('ann', { bookingId: 'b-2' }));
    await projection.apply(sql, other.records());
    expect(written.filter((name) => name.startsWith('insert users'))).toHaveLength(1);
  });

  it('is asked for again once it may have been undone', async () => {
    projection.forget();
    await expect(projection.apply(sql, records.slice(2, 3))).rejects.toThrow(
      'revision 2 of booking-gala where 0 was due',
    );
    expect(asked).toContain(COUNTS);
  });

  it('is asked for again once it is more than may be remembered', async () => {
    await projection.apply(sql, records.slice(2));
    const more = first()
      .plant('gala', cancels)
      .plant('gala', confirmed('bob', { bookingId: 'b-bob' }));
    const next = more.plant('gala', confirmed('cyd')).records().slice(4);
    await expect(projection.apply(sql, next)).rejects.toThrow('revision 4 of booking-gala where 0 was due');
  });

  it('is all that is remembered: what was in the tables before may be mended there meanwhile', async () => {
    const later = new BookingsProjection(1, 'booking-', 9);
    let revision = 1;
    const counted = { eventId: 'gala', status: 'scheduled', capacity: 9, seatsTaken: 1, seatsHeld: 0, waiting: 0 };
    const tables: Sql = {
      ...sql,
      ask: async <Row>({ name }: Statement) => {
        asked.push(name);
        return (name === COUNTS ? [{ ...counted, revision: revision++ }] : []) as Row[];
      },
    };
    const more = first().plant('gala', confirmed('cyd')).plant('gala', confirmed('dan')).records();
    for (const record of more.slice(2)) await later.apply(tables, [record]);
    expect(asked.filter((name) => name === COUNTS)).toHaveLength(2);
  });
});

describe('The batch that comes next', () => {
  const told: string[] = [];
  const sql: Sql = {
    ask: async ({ name }) => {
      told.push(name);
      return [];
    },
    run: async ({ name }) => {
      told.push(name);
      await turn();
      if (name.startsWith('insert read_model_g1.booking_history')) told.push('written');
    },
    runLong: async () => undefined,
  };
  const story = (capacity: number) =>
    new Story()
      .plant('gala', scheduled({ capacity }))
      .plant('gala', confirmed('ann'))
      .plant('gala', confirmed('bob', { bookingId: 'b-bob' }))
      .plant('quiz', scheduled({ capacity: 9 }));
  const isFolded = (records: readonly RecordedEvent[]) =>
    records.map((record) => ({
      ...record,
      get metadata() {
        told.push('folded');
        return record.metadata;
      },
    }));
  let projection: BookingsProjection;
  let first: readonly RecordedEvent[];
  let second: readonly RecordedEvent[];
  const setUp = (capacity = 9, end = 3): void => {
    const records = story(capacity).records();
    [first, second] = [records.slice(0, 2), isFolded(records.slice(2, end))];
    projection = new BookingsProjection(1, 'booking-');
    told.length = 0;
  };
  const applyFirst = async () => {
    await projection.apply(sql, first, () => second);
    const before = [...told];
    told.length = 0;
    return before;
  };

  it('is folded while the server writes, and only written in its turn', async () => {
    setUp();
    const before = await applyFirst();
    expect(before).toContain('folded');
    expect(before.indexOf('folded')).toBeLessThan(before.indexOf('written'));
    await projection.apply(sql, second);
    expect(told).not.toContain('folded');
    expect(told).toEqual([
      'insert users read_model_g1',
      'count read_model_g1',
      'insert read_model_g1.bookings',
      'insert read_model_g1.booking_history',
      'written',
    ]);
  });

  it('waits where something of it is to be asked', async () => {
    setUp();
    const quiz = new Story().plant('quiz', scheduled()).plant('quiz', confirmed('cyd', { bookingId: 'b-cyd' }));
    second = [...second, ...isFolded(quiz.records().slice(1))];
    expect(await applyFirst()).not.toContain('folded');
    await expect(projection.apply(sql, second)).rejects.toThrow('revision 1 of booking-quiz where 0 was due');
    expect(told.indexOf('counts read_model_g1')).toBeLessThan(told.indexOf('folded'));
  });

  it('is folded ahead where an event begins with it', async () => {
    setUp(9, 4);
    expect(await applyFirst()).toContain('folded');
    await projection.apply(sql, second);
    expect(told[0]).toBe('insert users read_model_g1');
  });

  it('that cannot be folded fails in its turn, and not the one before', async () => {
    setUp(1);
    expect(await applyFirst()).toContain('written');
    await expect(projection.apply(sql, second)).rejects.toThrow('2 of 1 seats would be taken');
    expect(told).toEqual([]);
  });

  it('that has no place here fails in its turn, and not the one before', async () => {
    setUp();
    second = second.map((record) => ({ ...record, stream: 'order-1' }));
    expect(await applyFirst()).toContain('written');
    await expect(projection.apply(sql, second)).rejects.toThrow('stream order-1 does not begin with booking-');
  });

  it('that calls the event off is not folded', async () => {
    setUp();
    second = isFolded(story(9).plant('gala', calledOff()).records().slice(-1));
    expect(await applyFirst()).not.toContain('folded');
  });

  it.each<[string, () => void]>([
    ['what it rests on may have been undone', () => projection.forget()],
    ['another one comes', () => (second = second.map((record) => record))],
  ])('is folded anew where %s', async (_why, happens) => {
    setUp();
    await applyFirst();
    happens();
    await expect(projection.apply(sql, second)).rejects.toThrow('revision 2 of booking-gala where 0 was due');
    expect(told).toContain('counts read_model_g1');
  });
});

describe('A large batch', () => {
  it('lets others of the process have their turn meanwhile', async () => {
    const story = new Story().plant('gala', scheduled({ capacity: 3_000 }));
    for (let n = 0; n < 3_000; n += 1) story.plant('gala', confirmed(`user-${n}`, { bookingId: `b-${n}` }));
    const statements: string[] = [];
    const sql: Sql = {
      ask: async () => [],
      run: async ({ name }) => void statements.push(name),
      runLong: async () => undefined,
    };
    let [turns, isOver] = [0, false];
    const others = (async () => {
      for (; !isOver; turns += 1) await turn();
    })();
    await new BookingsProjection(1, 'booking-').apply(sql, story.records());
    isOver = true;
    await others;
    expect(statements).toHaveLength(4);
    // Six while they are folded, three while their rows are made.
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('fails by the first statement that fails, whichever others are under way', async () => {
    const story = new Story().plant('gala', scheduled({ capacity: 600 }));
    for (let n = 0; n < 600; n += 1) story.plant('gala', confirmed(`user-${n}`, { bookingId: `b-${n}` }));
    const sql: Sql = {
      ask: async () => [],
      run: async ({ name }) => {
        throw new Error(name);
      },
      runLong: async () => undefined,
    };
    await expect(new BookingsProjection(1, 'booking-').apply(sql, story.records())).rejects.toThrow(
      'insert users read_model_g1',
    );
  });
});

describe('The tables themselves raise the alarm', () => {
  const insert = (id: string, user: string) =>
    model.pool.query(
      `INSERT INTO read_model_g1.bookings (booking_id, user_id, event_id, seats, status, offer, updated_at, revision)
       VALUES ($1, $2, 'gala', 1, 'confirmed', false, now(), 9)`,
      [id, user],
    );
  const story = new Story().plant('gala', scheduled({ capacity: 2 })).plant('gala', confirmed('ann'));
  beforeEach(() => model.fold(story.records(), [9]));

  it('at an event that begins and is there already, as where somebody has set the checkpoint back', async () => {
    const back = 'position = 0, stream = NULL, revision = NULL, record_id = NULL';
    await model.pool.query(`UPDATE projections.checkpoint SET ${back}`);
    const again = model.fold(story.records(), [9]);
    await expect(again).rejects.toMatchObject({ code: '23505', constraint: 'events_pkey' });
    expect((await model.checkpoints.read()).position).toBe(0n);
    await model.expectTables(story.records());
  });

  it('at a second active booking of one user on one event', async () => {
    await expect(insert('b-other', 'ann')).rejects.toMatchObject({ code: '23505', constraint: 'one_active_booking' });
  });

  it('at a booking of nobody', async () => {
    await expect(insert('b-other', 'nobody')).rejects.toMatchObject({ code: '23503' });
  });

  it.each(['seats_taken = 3', 'seats_taken = -1', 'is_booked = true', 'seats_held = 2'])('at %s', async (change) => {
    const update = model.pool.query(`UPDATE read_model_g1.events SET ${change}`);
    await expect(update).rejects.toMatchObject({ code: '23514' });
  });

  it('and every column of theirs says what it means', async () => {
    const { rows } = await model.pool.query(
      `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace IN ('read_model_g1'::regnamespace, 'projections'::regnamespace) AND c.relkind = 'r'
         AND a.attnum > 0 AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)`,
    );
    expect(rows).toEqual([]);
  });
});
