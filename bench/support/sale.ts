import { judge, type Attempt, type Contender } from './contender.js';
import { drive, quantile } from './measure.js';

/** One caller's wish. */
export interface Ask {
  readonly eventId: string;
  readonly userId: string;
}

/** Who comes to a sale, and for what: the same for every contender of a round. */
export interface Crowd {
  readonly events: readonly string[];
  /** Of each event. */
  readonly seats: number;
  readonly asks: readonly Ask[];
}

/** What one sale came to. */
export interface Sold {
  readonly bookingsPerSecond: number;
  /** Refusals too. */
  readonly attemptsPerSecond: number;
  /** Of bookings; of all attempts where nearly all are refused. In milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Promises that were broken, one sentence each. */
  readonly problems: readonly string[];
}

/** How many talk to the contender at once, beside the sale itself. */
const HELPERS = 64;
const HELP_BOUND_MS = 120_000;

/**
 * One run: new events go on sale, everybody asks, and everything that was answered is held against what is stored.
 * After `boundMs` nobody asks any more; the rate counts all the same.
 */
export async function sell(contender: Contender, crowd: Crowd, callers: number, boundMs: number): Promise<Sold> {
  const { events, seats, asks } = crowd;
  await drive(events, HELPERS, HELP_BOUND_MS, (eventId) => contender.schedule(eventId, seats));
  // One booking beside the sale: plans are made at the first use of a connection, and no sale begins on a new one.
  const before = `before-${crypto.randomUUID()}`;
  await contender.schedule(before, 1);
  await contender.book(before, 'first');

  const run = await drive(asks, callers, boundMs, ({ eventId, userId }) => contender.book(eventId, userId));
  const attempts = new Map<string, Attempt[]>(events.map((eventId) => [eventId, []]));
  for (const { item, result } of run.answered) attempts.get(item.eventId)!.push({ userId: item.userId, told: result });
  const judged = await drive(events, HELPERS, HELP_BOUND_MS, async (eventId) =>
    judge(seats, attempts.get(eventId)!, await contender.booked(eventId)),
  );
  const problems = judged.answered.flatMap(({ item, result }) => result.map((problem) => `${item}: ${problem}`));
  if (judged.answered.length < events.length) problems.push('not every event could be looked at');

  const booked = run.answered.filter(({ result }) => result.kind === 'booked');
  const measured = 2 * booked.length > run.answered.length ? booked : run.answered;
  const times = measured.map(({ ms }) => ms);
  return {
    bookingsPerSecond: (booked.length / run.elapsedMs) * 1_000,
    attemptsPerSecond: (run.answered.length / run.elapsedMs) * 1_000,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    problems,
  };
}

/** By name, in the order of their first coming. */
export function groupsOf<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group === undefined) groups.set(nameOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
