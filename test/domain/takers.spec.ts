import type { BookingCommand, Refusal } from '../../src/domain/booking/commands.js';
import { takerOf } from '../../src/domain/booking/taker.js';
import { Desk } from '../support/desk.js';
import { NOW, book, callOff, cancel, change, changeEvent, scheduleIt } from '../support/facts.js';

/** What the last of these commands is refused with, and the revision of the fact that had taken it. */
function refusedAfter(...commands: readonly BookingCommand[]): [Refusal['reason'], number | null] {
  const desk = new Desk();
  const answers = commands.map((command) => desk.handle(command, NOW));
  const last = answers.pop()!;
  expect(answers.map(({ accepted }) => accepted)).toEqual(answers.map(() => true));
  if (last.accepted) throw new Error('it was not refused');
  return [last.refusal.reason, takerOf(last.refusal, desk.ledger)];
}

describe('a refusal names the fact that had taken what was asked for:', () => {
  it('the one that took the last place', () => {
    const story = [scheduleIt({ capacity: 2 }), book('ann'), book('bob')];
    expect(refusedAfter(...story, book('eve'))).toEqual(['SoldOut', 2]);
  });

  it('not one that has given its place back, but whoever took it then', () => {
    const story = [scheduleIt({ capacity: 1 }), book('ann'), cancel('ann'), book('bob')];
    expect(refusedAfter(...story, book('eve'))).toEqual(['SoldOut', 3]);
  });

  it('for several places the one that left too few of them', () => {
    const story = [scheduleIt({ capacity: 10 }), book('ann', { seats: 7 }), book('bob'), book('cid'), cancel('cid')];
    expect(refusedAfter(...story, book('eve', { seats: 4 }))).toEqual(['SoldOut', 1]);
    expect(refusedAfter(...story, book('eve', { seats: 3 }))).toEqual(['SoldOut', 2]);
  });

  it('for more places of one’s own as for any others', () => {
    const story = [scheduleIt({ capacity: 3 }), book('ann'), book('bob', { seats: 2 })];
    expect(refusedAfter(...story, change('ann', { seats: 2 }))).toEqual(['SoldOut', 2]);
  });

  it('a lowered capacity', () => {
    const story = [scheduleIt({ capacity: 5 }), book('ann'), changeEvent({ capacity: 1 })];
    expect(refusedAfter(...story, book('eve'))).toEqual(['SoldOut', 2]);
  });

  it('whoever took any, where so many were never free', () => {
    const story = [scheduleIt({ capacity: 1 }), book('ann'), changeEvent({ capacity: 5 })];
    expect(refusedAfter(...story, book('eve', { seats: 5 }))).toEqual(['SoldOut', 1]);
  });

  it('the turn of the first in line, for whom the free places are kept', () => {
    const story = [
      scheduleIt({ capacity: 3 }),
      book('ann', { seats: 2 }),
      book('bob', { seats: 2, waitlist: true }),
      book('cid', { waitlist: true }),
    ];
    expect(refusedAfter(...story, book('eve'))).toEqual(['SoldOut', 2]);
  });

  it('the last turn of a full line', () => {
    const story = [scheduleIt({ waitlistLimit: 1, capacity: 1 }), book('ann'), book('bob', { waitlist: true })];
    expect(refusedAfter(...story, book('eve', { waitlist: true }))).toEqual(['WaitlistFull', 2]);
  });

  it('one’s own booking, as it was last changed', () => {
    const story = [scheduleIt(), book('ann'), book('bob'), change('ann', { reference: 'PO-1' })];
    expect(refusedAfter(...story, book('ann', { bookingId: 'b-2' }))).toEqual(['AlreadyBooked', 3]);
  });

  it('the one that called the event off', () => {
    expect(refusedAfter(scheduleIt(), book('ann'), callOff(), book('eve'))).toEqual(['EventCancelled', 2]);
  });

  it('none where nothing was taken', () => {
    expect(refusedAfter(scheduleIt({ capacity: 2 }), book('ann', { seats: 3 }))).toEqual(['TooManySeats', null]);
  });
});
