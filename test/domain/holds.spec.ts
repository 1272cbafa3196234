import { add, dropStale, earliest, type Deadline, type Deadlines } from '../../src/domain/booking/holds.js';
import { NOW } from '../support/facts.js';

const KEPT = 200;
/** As many as may be in memory, stale ones included, while so many count. */
const BOUND = 2 * KEPT + 1_000;

/** The n-th deadline ends at one of few instants, in no order: many end together. */
const deadlines = (count: number): Deadline[] =>
  Array.from({ length: count }, (_, n) => ({ bookingId: `b-${n}`, expiresAt: NOW + ((n * 7_919) % 89), revision: n }));

const inOrder = (some: readonly Deadline[]): Deadline[] =>
  [...some].sort((a, b) => (a.expiresAt === b.expiresAt ? a.revision - b.revision : a.expiresAt - b.expiresAt));

function heapOf(some: readonly Deadline[]): Deadlines {
  const heap: Deadlines = [];
  for (const deadline of some) add(heap, deadline);
  return heap;
}

/** One after another, as settle takes them. */
function emptied(heap: Deadlines, alive: Set<Deadline>): Deadline[] {
  const order: Deadline[] = [];
  for (let first = earliest(heap); first !== undefined; first = earliest(heap)) {
    order.push(first);
    alive.delete(first);
    dropStale(heap, (deadline) => alive.has(deadline), alive.size);
  }
  return order;
}

describe('deadlines', () => {
  test('come out the earliest first, and those of one instant in the order they were written', () => {
    const all = deadlines(500);
    expect(emptied(heapOf(all), new Set(all))).toEqual(inOrder(all));
  });

  test('come out in order too when most have become stale and were dropped', () => {
    const all = deadlines(10 * KEPT);
    const kept = all.filter((_, n) => n % 10 === 0);
    const alive = new Set(kept);
    const heap = heapOf(all);
    dropStale(heap, (deadline) => alive.has(deadline), KEPT);
    expect(heap).toHaveLength(KEPT);
    expect(emptied(heap, alive)).toEqual(inOrder(kept));
  });

  test('that are stale stay in memory up to a bound, and are dropped beyond it', () => {
    for (const [count, left] of [
      [BOUND, BOUND],
      [BOUND + 1, KEPT],
    ] as const) {
      const all = inOrder(deadlines(count));
      const alive = new Set(all.slice(0, KEPT));
      const heap = heapOf(all);
      dropStale(heap, (deadline) => alive.has(deadline), KEPT);
      expect(heap).toHaveLength(left);
    }
  });
});
