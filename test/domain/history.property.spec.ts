import fc from 'fast-check';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { Desk, type Entry } from '../support/desk.js';
import { MINUTE, NOW, SECOND, book, cancel, change, confirm, extend, scheduleIt } from '../support/facts.js';
import { firstSchedule, steps } from '../support/asks.js';
import { History } from '../support/history.js';
import { Shadow } from '../support/shadow.js';

/** Every run takes another seed. `FC_SEED` and `FC_PATH`, as a failure prints them, replay it exactly. */
const { FC_SEED, FC_PATH } = process.env;
const seed = FC_SEED === undefined ? Date.now() % 1_000_000_007 : Number(FC_SEED);
const replay = FC_PATH === undefined ? {} : { path: FC_PATH };

const everyFact: Record<BookingEvent['type'], true> = {
  EventScheduled: true,
  EventRenamed: true,
  EventRescheduled: true,
  CapacityChanged: true,
  EventRulesChanged: true,
  EventCancelled: true,
  BookingWaitlisted: true,
  BookingHeld: true,
  HoldExtended: true,
  HoldExpired: true,
  BookingConfirmed: true,
  BookingSeatsChanged: true,
  BookingReferenceChanged: true,
  BookingCancelled: true,
};

describe('histories of random commands by random users under a jumping clock', () => {
  const counted = new Map<string, number>();
  const count = (name: string): void => void counted.set(name, (counted.get(name) ?? 0) + 1);

  test(`keep every promise after every fact, and undo restores the ledger (FC_SEED=${seed})`, () => {
    const property = fc.property(firstSchedule, steps, (schedule, story) => {
      const history = new History(count);
      history.desk.handle(scheduleIt(schedule), history.now);
      try {
        for (const step of story) history.run(step);
        history.checkReplay();
      } catch (broken) {
        throw new Error([...history.told, String(broken)].join('\n'), { cause: broken });
      }
    });
    fc.assert(property, { seed, ...replay, numRuns: Number(process.env.FC_RUNS ?? 500) });
  });

  test('are about everything: every fact, and every refusal that is not the caller’s mistake', () => {
    // A replayed path is one history, which cannot be about everything.
    if (FC_PATH !== undefined) return;
    const refusals = [
      'SoldOut',
      'AlreadyBooked',
      'HoldLapsed',
      'NotHeld',
      'BookingEnded',
      'HoldCeiling',
      'WaitlistFull',
    ];
    const more = ['EventStarted', 'SalesClosed', 'SalesNotOpen', 'CapacityBelowTaken', 'NotExtendable', 'TooManySeats'];
    const missing = [...Object.keys(everyFact), ...refusals, ...more, 'Rewind'].filter((name) => !counted.has(name));
    expect(missing).toEqual([]);
  });
});

/** Numbers that look like chance and are the same in every run (mulberry32). */
function dice(state: number): (sides: number) => number {
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

describe('a long day at a place for 1,000', () => {
  test('ends with the books right after every one of its facts', () => {
    const shadow = new Shadow();
    const roll = dice(20_270_301);
    const facts = new Map<string, number>();
    const onFact = (entry: Entry): void => {
      const { type } = entry.recorded.event;
      facts.set(type, (facts.get(type) ?? 0) + 1);
      shadow.read(entry);
      shadow.compareCounts(desk.ledger);
    };
    const desk = new Desk(onFact);
    let now = NOW;
    desk.handle(scheduleIt({ capacity: 1_000, waitlistLimit: 300 }), now);

    const known: string[] = [];
    for (let step = 0; step < 8_000; step += 1) {
      now += roll(100) === 0 ? -roll(5 * MINUTE) : roll(4 * SECOND);
      const bookingId = known[Math.max(0, known.length - 1 - roll(1_500))] ?? '';
      const on = { bookingId, owner: null };
      const die = roll(20);
      if (die < 11) {
        const asked = { bookingId: `b-${step}`, seats: 1 + roll(4), hold: roll(2) === 0, waitlist: roll(3) > 0 };
        if (desk.handle(book(`user-${roll(3_000)}`, asked), now).accepted) known.push(asked.bookingId);
      } else if (die < 15) desk.handle(confirm('', on), now);
      else if (die < 18) desk.handle(cancel('', on), now);
      else if (die < 19) desk.handle(extend('', 1_800, on), now);
      else desk.handle(change('', { ...on, seats: 1 + roll(4) }), now);
      if (step % 500 === 0) shadow.compare(desk.ledger);
    }
    shadow.compare(desk.ledger);
    shadow.checkSettled(now);
    for (const type of ['BookingWaitlisted', 'BookingHeld', 'HoldExpired', 'BookingConfirmed', 'BookingCancelled'])
      expect(facts.get(type)).toBeGreaterThan(100);
  });
});
