import type { Conflict, EventStore, RecordedEvent } from '../../src/application/ports.js';
import { Durations } from '../../src/application/durations.js';
import { evidenceIn } from '../../src/application/rehearsal/evidence.js';
import type { RehearsalPlan } from '../../src/application/rehearsal/plan.js';
import { Rehearsals, type RehearsalTold } from '../../src/application/rehearsal/rehearsals.js';
import type { BookingData, BookingEvent } from '../../src/domain/booking/events.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { InMemoryEventStore, InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { Service, SetTime } from '../support/service.js';

const PLAN: RehearsalPlan = {
  ...{ places: 40, callers: 16, holdPercent: 50, processes: 3 },
  strategies: ['optimistic', 'pessimistic'],
};

/** The rehearsals of a service over a log in memory; `wrap` stands between both. */
function stage(wrap: (store: EventStore) => EventStore = (store) => store, isAllowed = true) {
  const log = new InMemoryLog();
  const time = new SetTime();
  const bugs: unknown[] = [];
  const { ids, streams, store } = new Service(new InMemoryEventStore(log, new Codec(UPCASTERS)), time);
  const wrapped = wrap(store);
  const rehearsals = new Rehearsals(
    {
      ...{ store: wrapped, ids, streams, time },
      holds: () => ({ hold: (_, make) => make() }),
      desk: (locking) => new Service(wrapped, time, { locking, queueAgeMs: 5_000 }).transact,
    },
    isAllowed,
    (bug) => bugs.push(bug),
  );
  return { rehearsals, log, bugs };
}

async function played(plan: RehearsalPlan, wrap?: (store: EventStore) => EventStore): Promise<RehearsalTold> {
  const { rehearsals, bugs } = stage(wrap);
  const begun = rehearsals.begin(plan, 'operator');
  if ('why' in begun) throw new Error(begun.why);
  await rehearsals.ended();
  expect(bugs).toEqual([]);
  return rehearsals.find(begun.rehearsalId)!;
}

describe('a rehearsal', () => {
  it('sells every place once with either strategy, and leaves nothing on sale', async () => {
    const { state, isSound, runs } = await played(PLAN);
    expect([state, isSound]).toEqual(['done', true]);
    for (const run of runs) {
      expect(run).toMatchObject({
        state: 'done',
        people: 80,
        came: 80,
        isCutShort: false,
        isCalledOff: true,
        faults: {},
      });
      const { accepted, givenBack, repeated, refusals, answered, confirmed, soldOut, evidence } = run;
      expect(accepted - givenBack).toBe(evidence!.taken);
      expect(evidence).toMatchObject({ capacity: 40, mostTaken: 40, oversold: 0, usersTwice: 0, missing: 0 });
      expect(evidence!.acknowledged).toBe(accepted + repeated + confirmed + givenBack);
      const refused = Object.values(refusals).reduce((sum, each) => sum + each, 0);
      expect(answered).toBe(evidence!.acknowledged + refused);
      for (const some of [confirmed, givenBack, repeated, soldOut, refusals['already-booked']])
        expect(some).toBeGreaterThan(0);
      expect(run.p50Ms!).toBeLessThanOrEqual(run.p99Ms!);
    }
    // Only who decides before they have the row can be overtaken.
    const [optimistic, pessimistic] = runs;
    expect(optimistic!.conflicts).toBeGreaterThan(0);
    expect(optimistic!.retries).toBeGreaterThan(0);
    expect(pessimistic!.conflicts).toBe(0);
  });

  it('finds out a store that tells the loser of a race that it has won', async () => {
    const { isSound, runs } = await played({ ...PLAN, strategies: ['optimistic'] }, (store) => {
      // Without a lock to take, or it would race only once.
      const { locked: _, ...rest } = { ...store };
      return Object.assign(Object.create(store) as EventStore, rest, {
        locked: undefined,
        append: async (...words: Parameters<EventStore['append']>) => {
          const result = await store.append(...words);
          return isLost(result) ? { kind: 'appended' as const, position: 1n } : result;
        },
      });
    });
    expect(isSound).toBe(false);
    expect(runs[0]!.evidence!.missing).toBeGreaterThan(0);
  });

  it('is one at a time, and needs to be allowed and a log that has the strategy', async () => {
    const { rehearsals, log } = stage();
    const begun = rehearsals.begin(PLAN, 'operator') as RehearsalTold;
    expect(rehearsals.begin(PLAN, 'operator')).toEqual({ why: 'running', rehearsalId: begun.rehearsalId });
    await rehearsals.close();
    const { runs } = rehearsals.find(begun.rehearsalId)!;
    expect(runs[0]).toMatchObject({ isCutShort: true, isCalledOff: true });
    expect(runs[1]!.state).toBe('waiting');
    expect(log.records.at(-1)!.type).toBe('EventCancelled');
    expect(rehearsals.begin(PLAN, 'operator')).toEqual({ why: 'off' });
    expect(stage(undefined, false).rehearsals.begin(PLAN, 'operator')).toEqual({ why: 'off' });
    const lockless = stage((store) => Object.assign(Object.create(store) as EventStore, { locked: undefined }));
    expect(lockless.rehearsals.begin(PLAN, 'operator')).toEqual({ why: 'no-lock' });
    expect(lockless.log.records).toHaveLength(0);
  });
});

const isLost = (result: { readonly kind: string }): result is Conflict => result.kind === 'conflict';

describe('the evidence', () => {
  const data = (bookingId: string, userId: string, status: BookingData['status'], seats = 1): BookingData => ({
    ...{ bookingId, userId, status, seats, offer: false, createdAt: 0 },
  });
  const scheduled = { type: 'EventScheduled', data: { capacity: 2 } } as BookingEvent;
  const booked = (bookingId: string, userId: string, seats = 1): BookingEvent => ({
    type: 'BookingConfirmed',
    data: data(bookingId, userId, 'confirmed', seats),
  });
  const ended = (type: 'BookingCancelled' | 'HoldExpired', bookingId: string, userId: string): BookingEvent => ({
    type,
    data: data(bookingId, userId, type === 'HoldExpired' ? 'expired' : 'cancelled'),
  });
  const look = (events: readonly BookingEvent[], told: Parameters<typeof evidenceIn>[2] = []) => {
    const records = events.map((event, revision) => ({ event, revision }) as RecordedEvent);
    return evidenceIn(
      {
        read: async function* () {
          yield records;
        },
      },
      'booking-e1',
      told,
    );
  };

  it('is sound where places came free before they were taken again', async () => {
    const held: BookingEvent = { type: 'BookingHeld', data: data('b1', 'ann', 'held') };
    const events = [scheduled, held, booked('b2', 'bob'), ended('HoldExpired', 'b1', 'ann'), booked('b3', 'ann')];
    expect(await look(events)).toMatchObject({ isSound: true, taken: 2, mostTaken: 2, revisions: { from: 0, to: 4 } });
    const over = [
      ...events,
      ended('BookingCancelled', 'b2', 'bob'),
      { type: 'EventCancelled', data: {} } as BookingEvent,
    ];
    expect(await look(over)).toMatchObject({ isSound: true, taken: 0, mostTaken: 2 });
  });

  it.each([
    [
      'a place too many',
      [booked('b1', 'ann'), booked('b2', 'bob'), booked('b3', 'cid')],
      { oversold: 1, oversoldAt: [3] },
    ],
    ['a booking for too many', [booked('b1', 'ann', 3)], { oversold: 1, mostTaken: 3 }],
    [
      'seats that were added',
      [booked('b1', 'ann'), { type: 'BookingSeatsChanged', data: data('b1', 'ann', 'confirmed', 3) } as BookingEvent],
      { oversoldAt: [2] },
    ],
    [
      'places that were taken away',
      [booked('b1', 'ann', 2), { type: 'CapacityChanged', data: { capacity: 1 } } as BookingEvent],
      { oversoldAt: [2] },
    ],
    [
      'a user with two',
      [booked('b1', 'ann'), booked('b2', 'ann')],
      { usersTwice: 1, twice: [{ userId: 'ann', revision: 2 }] },
    ],
  ])('names %s', async (_, events, found) => {
    expect(await look([scheduled, ...events])).toMatchObject({ isSound: false, ...found });
  });

  it('names answers that the log does not bear out', async () => {
    const told = { bookingId: 'b1', userId: 'ann', status: 'confirmed', revision: 1 } as const;
    expect(await look([scheduled, booked('b1', 'ann')], [told])).toMatchObject({ isSound: true, missing: 0 });
    for (const lie of [
      { revision: 0 },
      { revision: 2 },
      { bookingId: 'b2' },
      { userId: 'bob' },
      { status: 'held' },
    ] as const)
      expect(await look([scheduled, booked('b1', 'ann')], [{ ...told, ...lie }])).toMatchObject({
        ...{ isSound: false, acknowledged: 1, missing: 1, missed: [{ ...told, ...lie }] },
      });
  });
});

it('durations tell a quantile at most a tenth too high, in whatever order they came', () => {
  const took = new Durations();
  expect(took.within(0.5)).toBeNull();
  for (let ms = 1_000; ms >= 1; ms -= 1) took.observe(ms / 10);
  for (const [share, ms] of [
    [0.01, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ] as const) {
    expect(took.within(share)!).toBeGreaterThanOrEqual(ms);
    expect(took.within(share)!).toBeLessThanOrEqual(ms * 1.1);
  }
  took.observe(60_000);
  expect([took.count, took.within(1)]).toEqual([1_001, 60_000]);
});
