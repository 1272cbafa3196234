import { booking } from '../../../src/domain/booking/decide.js';
import type { BookingEvent } from '../../../src/domain/booking/events.js';
import { nextSettlement, settleBefore } from '../../../src/domain/booking/settle.js';
import { Desk } from '../../support/desk.js';
import {
  HOUR,
  MINUTE,
  NOW,
  SECOND,
  STARTS,
  book,
  callOff,
  calledOff,
  cancel,
  cancelled,
  changeEvent,
  confirmed,
  expired,
  held,
  offered,
  resized,
  ruled,
  scheduled,
  settle,
  waitlisted,
} from '../../support/facts.js';
import { given } from '../../support/given.js';

const at = (minutes: number) => ({ expiresAt: NOW + minutes * MINUTE });

function deskWith(...facts: BookingEvent[]): Desk {
  const desk = new Desk();
  for (const [index, fact] of facts.entries()) desk.write(fact, NOW, `given-${index}`, 'ann');
  return desk;
}

describe('settle', () => {
  test('lapses holds and offers that are due, the earliest first, ties in the order they were written', () => {
    const story = [
      held('ann', at(3)),
      held('bob', at(1)),
      offered('cid', at(2)),
      held('dan', at(2)),
      held('eve', at(9)),
    ];
    const due = given(scheduled(), ...story)
      .at(NOW + 3 * MINUTE)
      .when(settle);
    const done = due.then(expired('bob'), expired('cid', { offer: true }), expired('dan'), expired('ann'));
    done.secondTime.quiet();
    expect(done.causes()).toEqual(['b-bob', 'b-cid', 'b-dan', 'b-ann']);
    expect(done.ledger()).toMatchObject({ seatsTaken: 1, seatsHeld: 1, holdsOpen: 1 });
    expect(done.booking('b-bob')).toMatchObject({ status: 'expired', endedReason: 'expired' });
  });

  test('leaves a hold alone until the millisecond it is due', () => {
    given(scheduled(), held('ann'))
      .at(NOW + 10 * MINUTE - 1)
      .when(settle)
      .then()
      .secondTime.quiet();
    given(scheduled(), held('ann'))
      .at(NOW + 10 * MINUTE)
      .when(settle)
      .then(expired('ann'))
      .secondTime.quiet();
  });

  test('lapses every hold when sales close, as they are set now', () => {
    const story = [scheduled(), held('ann'), offered('bob'), ruled({ salesCloseAt: NOW + MINUTE })];
    const closed = given(...story)
      .at(NOW + MINUTE)
      .when(settle);
    closed.then(expired('ann'), expired('bob', { offer: true })).secondTime.quiet();
    given(...story, ruled({ salesCloseAt: null }))
      .at(NOW + MINUTE)
      .when(settle)
      .then()
      .secondTime.quiet();
  });

  test('lapses, then ends, then promotes', () => {
    const story = [scheduled({ capacity: 4, salesCloseAt: STARTS }), held('ann', { seats: 2 })];
    const line = [waitlisted('bob', { seats: 4 }), waitlisted('cid', { seats: 3 }), waitlisted('dan', { seats: 4 })];
    const later = NOW + 10 * MINUTE;
    const due = given(...story, ...line, resized(3))
      .at(later)
      .when(settle);
    const done = due.then(
      expired('ann', { seats: 2 }),
      cancelled('bob', { seats: 4, reason: 'no-longer-fits' }),
      cancelled('dan', { seats: 4, reason: 'no-longer-fits' }),
      offered('cid', { seats: 3, expiresAt: later + 4 * HOUR }),
    );
    done.secondTime.quiet();
    expect(done.booking('b-bob')).toMatchObject({ status: 'cancelled', endedReason: 'no-longer-fits' });
  });

  test('names the command that made it possible', () => {
    const full = [scheduled({ capacity: 2 }), confirmed('zoe', { seats: 2 })];
    const line = [waitlisted('ann', { seats: 2 }), waitlisted('bob')];
    const freed = given(...full, ...line)
      .at(NOW)
      .when(cancel('zoe'));
    const done = freed.then(cancelled('zoe', { seats: 2 }), offered('ann', { seats: 2 }));
    done.secondTime.quiet();
    expect(done.causes()).toEqual([done.lastCommandId()]);

    const shrunk = given(...full, cancelled('zoe', { seats: 2 }), confirmed('zoe', { bookingId: 'b-2' }), ...line)
      .at(NOW)
      .when(changeEvent({ capacity: 1 }));
    const ends = shrunk.then(resized(1), cancelled('ann', { seats: 2, reason: 'no-longer-fits' }));
    ends.secondTime.quiet();
    expect(ends.causes()).toEqual([ends.lastCommandId()]);
  });

  test('names the lapse as the cause of the offer that it made possible', () => {
    const desk = deskWith(scheduled({ capacity: 1 }), held('ann'), waitlisted('bob'));
    expect(desk.settle(NOW + 10 * MINUTE, 'everything')).toBe(2);
    const [lapse, offer] = desk.log.slice(-2);
    expect(lapse).toMatchObject({ causationId: 'b-ann', recorded: { event: { type: 'HoldExpired' } } });
    expect(offer).toMatchObject({
      causationId: lapse?.recorded.commandId,
      recorded: { event: { type: 'BookingHeld' } },
    });
  });

  test('ends the whole line when sales close, and by another name when the event starts', () => {
    const story = [scheduled({ capacity: 1, salesCloseAt: NOW + HOUR }), confirmed('zoe')];
    const line = [waitlisted('ann'), waitlisted('bob')];
    const closed = given(...story, ...line)
      .at(NOW + HOUR)
      .when(settle);
    const done = closed.then(
      cancelled('ann', { reason: 'sales-closed' }),
      cancelled('bob', { reason: 'sales-closed' }),
    );
    done.secondTime.quiet();
    expect(done.causes()).toEqual(['b-ann', 'b-bob']);
    const started = given(...story, waitlisted('ann'))
      .at(STARTS)
      .when(settle);
    started.then(cancelled('ann', { reason: 'event-started' })).secondTime.quiet();
  });

  test('promotes nobody once sales have closed, though places are free', () => {
    const story = [scheduled({ capacity: 1, salesCloseAt: NOW + HOUR }), confirmed('zoe'), waitlisted('ann')];
    const freed = given(...story)
      .at(NOW + HOUR)
      .when(cancel('zoe', { owner: null }));
    freed.then(cancelled('ann', { reason: 'sales-closed' }), cancelled('zoe')).secondTime.quiet();
  });

  test('never reaches past the head of the line', () => {
    const story = [scheduled({ capacity: 4 }), confirmed('zoe', { seats: 3 }), held('yan', at(600))];
    const line = [waitlisted('ann', { seats: 2 }), waitlisted('bob'), waitlisted('cid')];
    const one = given(...story, ...line)
      .at(NOW)
      .when(cancel('yan'));
    one.then(cancelled('yan')).secondTime.quiet();
    const three = given(...story, ...line)
      .at(NOW)
      .when(cancel('zoe'));
    const done = three.then(cancelled('zoe', { seats: 3 }), offered('ann', { seats: 2 }), offered('bob'));
    done.secondTime.quiet();
    expect(done.ledger().waitlist.head).toMatchObject({ bookingId: 'b-cid' });
  });

  test('makes offers that end with sales', () => {
    const close = NOW + HOUR;
    const story = [scheduled({ capacity: 1, salesCloseAt: close, offerSeconds: 7_200 }), confirmed('zoe')];
    const freed = given(...story, waitlisted('ann'))
      .at(NOW)
      .when(cancel('zoe'));
    freed.then(cancelled('zoe'), offered('ann', { expiresAt: close })).secondTime.quiet();
    const short = given(...story, waitlisted('ann'), ruled({ offerSeconds: 300 }))
      .at(NOW)
      .when(cancel('zoe'));
    short.then(cancelled('zoe'), offered('ann', { expiresAt: NOW + 300 * SECOND })).secondTime.quiet();
  });

  test('offers the whole enlargement in the same go', () => {
    const story = [scheduled({ capacity: 1 }), confirmed('zoe'), waitlisted('ann'), waitlisted('bob')];
    const larger = given(...story)
      .at(NOW)
      .when(changeEvent({ capacity: 3 }));
    larger.then(resized(3), offered('ann'), offered('bob')).secondTime.quiet();
  });

  test('has nothing to do before there is an event and after it is called off', () => {
    given().at(NOW).when(settle).then().secondTime.quiet();
    const story = [scheduled({ capacity: 1 }), held('ann'), waitlisted('bob'), calledOff()];
    given(...story)
      .at(STARTS)
      .when(settle)
      .then()
      .secondTime.quiet();
  });

  test('sent as a command answers with the next thing that is due', () => {
    const desk = deskWith(scheduled(), held('ann'), held('bob'));
    const due = booking.decide(settle, desk.ledger, NOW + HOUR);
    expect(due).toEqual({ accepted: true, facts: [expired('ann')] });
    expect(booking.decide(settle, desk.ledger, NOW)).toEqual({ accepted: true, facts: [] });
    expect(booking.decide(settle, booking.initial(), NOW)).toMatchObject({ refusal: { reason: 'NotFound' } });
  });
});

describe('what goes before a command', () => {
  const desk = deskWith(scheduled({ capacity: 2 }), held('ann', at(1)), waitlisted('bob'));
  const later = NOW + HOUR;

  test('is everything for all but two kinds of command', () => {
    expect(settleBefore(book('cid'), desk.ledger)).toBe('everything');
    expect(settleBefore(changeEvent({ title: 'x' }), desk.ledger)).toBe('everything');
    expect(settleBefore(changeEvent({ capacity: 2 }), desk.ledger)).toBe('everything');
    expect(settleBefore(changeEvent({ capacity: 1 }), desk.ledger)).toBe('lapses');
    expect(settleBefore(callOff(), desk.ledger)).toBe('nothing');
    expect(settleBefore(changeEvent({ capacity: 1 }), booking.initial())).toBe('everything');
  });

  test('is only what the scope lets through', () => {
    expect(nextSettlement(desk.ledger, later, 'nothing')).toBeNull();
    expect(nextSettlement(desk.ledger, later, 'lapses')).toMatchObject({ fact: expired('ann') });
    expect(nextSettlement(desk.ledger, NOW, 'lapses')).toBeNull();
    expect(nextSettlement(desk.ledger, NOW, 'everything')).toMatchObject({ fact: offered('bob') });
  });

  test('lets a smaller capacity take free places before the line gets them', () => {
    const story = [scheduled({ capacity: 2 }), confirmed('zoe'), held('ann', at(1)), waitlisted('bob')];
    const smaller = given(...story)
      .at(later)
      .when(changeEvent({ capacity: 1 }));
    smaller.then(expired('ann'), resized(1)).secondTime.quiet();
  });

  test('is nothing when the event is called off: one fact ends holds and line', () => {
    const story = [scheduled({ capacity: 1 }), held('ann', at(1)), waitlisted('bob')];
    const off = given(...story)
      .at(later)
      .when(callOff({ reason: 'storm' }));
    const done = off.then(calledOff('storm'));
    done.secondTime.quiet();
    expect(done.ledger()).toMatchObject({ seatsTaken: 0, seatsHeld: 0, holdsOpen: 0, deadlines: [] });
    expect(done.ledger().waitlist).toMatchObject({ head: null, tail: null, length: 0 });
    const ended = { status: 'cancelled', endedReason: 'event-cancelled', revision: 3, updatedAt: later };
    expect(done.booking('b-ann')).toMatchObject(ended);
    expect(done.booking('b-bob')).toMatchObject(ended);
  });
});
