import fc from 'fast-check';
import type { Position, UnreadableRecord } from '../../../src/application/ports.js';
import { RecentRecords } from '../../../src/infrastructure/event-store/recent-records.js';

const SIZE = 20;

/** Positions have gaps where records of others stand. */
const log = Array.from({ length: 120 }, (_, n) => ({ position: BigInt(n * 2 + 1) }) as unknown as UnreadableRecord);
const after = (position: Position, count: number) => log.filter((each) => each.position > position).slice(0, count);

it('gives what follows in the log, in order and without a gap, or nothing', () => {
  const step = fc.record({ from: fc.nat({ max: 240 }), count: fc.integer({ min: 1, max: 30 }), isRead: fc.boolean() });
  let given = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const recent = new RecentRecords(SIZE);
      for (const { from, count, isRead } of steps) {
        const position = BigInt(from);
        if (isRead) recent.keep(position, after(position, count));
        const known = recent.after(position, count);
        expect(known).toEqual(after(position, count).slice(0, known.length));
        given += known.length;
      }
    }),
  );
  expect(given).toBeGreaterThan(100);
});

it('keeps the last ones, so many, of several who read side by side', () => {
  const recent = new RecentRecords(SIZE);
  recent.keep(0n, after(0n, 15));
  recent.keep(9n, after(9n, 15));
  expect(recent.after(0n, 100)).toEqual(after(0n, 20));
  expect(recent.after(0n, 3)).toEqual(after(0n, 3));
  recent.keep(39n, after(39n, 10));
  expect(recent.after(19n, 100)).toEqual(after(19n, 20));
  expect(recent.after(18n, 100)).toEqual([]);
  expect(recent['records']).toHaveLength(SIZE);
  // Somebody far behind changes nothing, nor does nothing.
  recent.keep(0n, after(0n, 10));
  recent.keep(59n, []);
  expect(recent.after(19n, 100)).toEqual(after(19n, 20));
  expect(recent.after(59n, 100)).toEqual([]);
  recent.forget();
  expect(recent.after(19n, 100)).toEqual([]);
  recent.keep(29n, after(29n, 18));
  expect(recent.after(29n, 100)).toEqual(after(29n, 18));
});
