import { RIVALS, rivalNames } from '../../bench/rivals/all.js';
import type { Booked, Contender, Told } from '../../bench/support/contender.js';
import { flashCrowd, lastPlaceCrowd, spreadCrowd } from '../../bench/support/crowds.js';
import { Holdfast } from '../../bench/support/holdfast.js';
import { sell } from '../../bench/support/sale.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';

const CALLERS = 16;
const POOL = 4;
const BOUND_MS = 20_000;
const SEATS = 40;

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const contenders: readonly (readonly [string, () => Promise<Contender>])[] = [
  ...rivalNames.map((key) => [RIVALS[key].name, () => RIVALS[key].open(database.url, POOL)] as const),
  ['Holdfast', () => Holdfast.open(database.url, 'optimistic')],
  ['Holdfast, LOCKING=pessimistic', () => Holdfast.open(database.url, 'pessimistic')],
];

describe.each(contenders)('%s', (_name, open) => {
  let contender: Contender;
  beforeAll(async () => {
    contender = await open();
  });
  afterAll(() => contender.close());

  const takenAt = async (eventId: string): Promise<number> => (await contender.booked(eventId)).length;

  it('sells one event to the last place, and tells everybody the truth', async () => {
    const crowd = flashCrowd(SEATS, 1);
    expect(await sell(contender, crowd, CALLERS, BOUND_MS)).toMatchObject({ problems: [] });
    expect(await takenAt(crowd.events[0]!)).toBe(SEATS);
  });

  it('sells many events at once', async () => {
    const crowd = spreadCrowd(5, 4, 2);
    expect(await sell(contender, crowd, CALLERS, BOUND_MS)).toMatchObject({ problems: [] });
    expect(await Promise.all(crowd.events.map(takenAt))).toEqual(crowd.events.map(() => 4));
  });

  it('gives one place to one of many', async () => {
    const crowd = lastPlaceCrowd(50, 3);
    expect(await sell(contender, crowd, CALLERS, BOUND_MS)).toMatchObject({ problems: [] });
    expect(await takenAt(crowd.events[0]!)).toBe(1);
  });
});

describe('two processes of the batched rival', () => {
  it('sell one event together, to the same users', async () => {
    const [one, other] = [await RIVALS.batched.open(database.url, 2), await RIVALS.batched.open(database.url, 2)];
    let asked = 0;
    const book = (eventId: string, userId: string): Promise<Told> =>
      ((asked += 1) % 2 === 0 ? one : other).book(eventId, userId);
    const both: Contender = { ...bound(one), book };
    const crowd = flashCrowd(SEATS, 4);
    // Everybody asks each of the two, in the same breath.
    const twice = { ...crowd, asks: crowd.asks.flatMap((ask) => [ask, ask]) };
    expect(await sell(both, twice, CALLERS, BOUND_MS)).toMatchObject({ problems: [] });
    await Promise.all([one.close(), other.close()]);
  });
});

describe('the judge', () => {
  let honest: Contender;
  beforeAll(async () => {
    honest = await RIVALS.conditional.open(database.url, POOL);
  });
  afterAll(() => honest.close());

  const broken: Readonly<Record<string, readonly [part: () => Partial<Contender>, finding: RegExp]>> = {
    'looks without a lock and counts for itself': [overselling, /places sold above capacity/],
    'forgets what it acknowledged': [() => ({ booked: async () => [] }), /acknowledged bookings lost/],
    'acknowledges a second booking of a user': [() => telling('already-booked', 'booked'), /acknowledged/],
    'is sold out from the beginning': [() => ({ book: async () => ({ kind: 'sold-out' }) }), /while places were left/],
    'tells a winner that there is nothing': [() => telling('booked', 'sold-out'), /nobody was told of/],
  };

  it.each(Object.keys(broken))('catches a contender that %s', async (name) => {
    const [part, finding] = broken[name]!;
    const crowd = flashCrowd(SEATS, 5);
    // Some ask twice at the very beginning, while there is enough for all.
    const twice = { ...crowd, asks: [...crowd.asks.slice(0, CALLERS), ...crowd.asks] };
    const { problems } = await sell({ ...bound(honest), ...part() }, twice, CALLERS, BOUND_MS);
    expect(problems.join('\n')).toMatch(finding);
  });

  /** Says something else than what came of it. */
  function telling(truth: Told['kind'], lie: 'booked' | 'sold-out'): Partial<Contender> {
    return {
      book: async (eventId, userId) => {
        const told = await honest.book(eventId, userId);
        if (told.kind !== truth) return told;
        return lie === 'booked' ? { kind: 'booked', bookingId: 'made up' } : { kind: 'sold-out' };
      },
    };
  }
});

/** Reads how many are taken, thinks about it, and writes. */
function overselling(): Partial<Contender> {
  const sold = new Map<string, Booked[]>();
  const capacities = new Map<string, number>();
  return {
    schedule: async (eventId, capacity) => {
      capacities.set(eventId, capacity);
      sold.set(eventId, []);
    },
    book: async (eventId, userId) => {
      const taken = sold.get(eventId)!.length;
      await new Promise(setImmediate);
      if (taken >= capacities.get(eventId)!) return { kind: 'sold-out' };
      const bookingId = crypto.randomUUID();
      sold.get(eventId)!.push({ bookingId, userId, seats: 1 });
      return { kind: 'booked', bookingId };
    },
    booked: async (eventId) => sold.get(eventId)!,
  };
}

const bound = (contender: Contender): Contender => ({
  schedule: (eventId, capacity) => contender.schedule(eventId, capacity),
  book: (eventId, userId) => contender.book(eventId, userId),
  booked: (eventId) => contender.booked(eventId),
  close: () => contender.close(),
});
