import fc from 'fast-check';
import { LIMITS } from '../../src/domain/booking/policy.js';
import {
  HOUR,
  MINUTE,
  NOW,
  SECOND,
  STARTS,
  book,
  callOff,
  cancel,
  change,
  changeEvent,
  confirm,
  extend,
} from './facts.js';
import type { Ask, History, Step } from './history.js';

/** An ask that a failure shows by what it was drawn from, not by its code. */
function ask<Drawn>(drawn: fc.Arbitrary<Drawn>, from: (drawn: Drawn) => Ask): fc.Arbitrary<Ask> {
  return drawn.map((value) => Object.assign(from(value), { [fc.toStringMethod]: () => JSON.stringify(value) }));
}

const users = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay'];
const user = fc.constantFrom(...users);
const seats = fc.integer({ min: 1, max: 4 });
const maybe = fc.boolean();
/** Young bookings more often than old ones. */
const pick = fc.oneof({ weight: 3, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.nat(40) });

/** Everybody is let in as the box office half of the time, or most commands would end at `NotFound`. */
const ownerOf = (history: History, bookingId: string, boxOffice: boolean): string | null =>
  boxOffice ? null : (history.shadow.copies.get(bookingId)?.userId ?? 'ann');

const bookings = ask(
  fc.record({ user, seats, hold: maybe, waitlist: maybe, short: maybe }),
  ({ user, seats, hold, waitlist, short }) =>
    (history) => {
      const length = hold && short ? { holdSeconds: LIMITS.holdSeconds.min } : {};
      return book(user, { bookingId: `b-${history.told.length}`, seats, hold, waitlist, ...length });
    },
);

const onBookings = ask(
  fc.record({ kind: fc.constantFrom('confirm', 'extend', 'cancel', 'change', 'refer'), pick, boxOffice: maybe, seats }),
  ({ kind, pick, boxOffice, seats }) =>
    (history) => {
      const bookingId = history.bookingIdAt(pick);
      const on = { bookingId, owner: ownerOf(history, bookingId, boxOffice) };
      if (kind === 'confirm') return confirm('', on);
      if (kind === 'extend') return extend('', seats * 1_800, on);
      if (kind === 'cancel') return cancel('', on);
      return change('', kind === 'change' ? { ...on, seats } : { ...on, seats, reference: `R-${seats}` });
    },
);

const instant = fc.integer({ min: -2, max: 30 }).map((hours) => NOW + hours * HOUR);
const changes = ask(
  fc.oneof(
    fc.record({ capacity: fc.integer({ min: 1, max: 9 }), rules: fc.constant({}) }),
    fc.record({ startsAt: instant.map((at) => at + 12 * HOUR), rules: fc.constant({}) }),
    fc.record({ title: fc.constantFrom('Matinee', 'Soirée'), rules: fc.constant({}) }),
    fc.record({ rules: fc.record({ salesCloseAt: fc.option(instant) }) }),
    fc.record({ rules: fc.record({ salesOpenAt: fc.option(instant), maxSeatsPerBooking: seats }) }),
    fc.record({ rules: fc.record({ offerSeconds: fc.constantFrom(300, 3_600, null), waitlistLimit: fc.nat(6) }) }),
  ),
  (asked) => () => changeEvent(asked),
);

const rewinds = ask(fc.record({ facts: fc.integer({ min: 1, max: 12 }), again: maybe }), (rewind) => () => ({
  type: 'Rewind',
  ...rewind,
}));

const asks = fc.oneof(
  { weight: 40, arbitrary: bookings },
  { weight: 45, arbitrary: onBookings },
  { weight: 10, arbitrary: changes },
  { weight: 8, arbitrary: rewinds },
  { weight: 1, arbitrary: ask(fc.constant('call off'), () => () => callOff()) },
);

/** The round numbers make holds end at the same instant, and at the very instant of a command. */
const jumps = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 0, 10 * SECOND, 30 * SECOND, MINUTE) },
  { weight: 3, arbitrary: fc.integer({ min: -MINUTE, max: MINUTE }) },
  { weight: 1, arbitrary: fc.constantFrom(-30 * SECOND, -10 * MINUTE, 10 * MINUTE, HOUR) },
  { weight: 1, arbitrary: fc.integer({ min: -3 * HOUR, max: 5 * HOUR }) },
);

export const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ jumpMs: jumps, ask: asks }), {
  maxLength: 80,
  size: 'max',
});

/** Small enough to be full most of the time. */
export const firstSchedule = fc.record({
  capacity: fc.integer({ min: 1, max: 8 }),
  waitlistLimit: fc.integer({ min: 0, max: 8 }),
  maxSeatsPerBooking: fc.integer({ min: 1, max: 4 }),
  startsAt: fc.constantFrom(STARTS, NOW + 3 * HOUR),
});
