import { LIMITS } from '../../../src/domain/booking/policy.js';
import {
  HOUR,
  MINUTE,
  NOW,
  SECOND,
  STARTS,
  book,
  calledOff,
  cancelled,
  confirmed,
  expired,
  held,
  offered,
  scheduled,
  waitlisted,
} from '../../support/facts.js';
import { given } from '../../support/given.js';

const twice = { bookingId: 'b-ann' };
const full = [scheduled({ capacity: 2 }), confirmed('bob', { seats: 2 })];

describe('book', () => {
  test('takes the places at once', () => {
    const booked = given(scheduled())
      .at(NOW)
      .when(book('ann', { seats: 10, reference: 'R-1' }))
      .then(confirmed('ann', { seats: 10, reference: 'R-1' }));
    booked.secondTime.refused('AlreadyBooked', twice);
    expect(booked.booking('b-ann')).toMatchObject({ status: 'confirmed', seats: 10, reference: 'R-1', ordinal: 1 });
  });

  test('takes the very last place, and not one more', () => {
    const [event, others] = [scheduled({ capacity: 3 }), confirmed('bob', { seats: 2 })];
    const last = given(event, others).at(NOW).when(book('ann')).then(confirmed('ann'));
    last.secondTime.refused('AlreadyBooked', twice);
    given(event, others)
      .at(NOW)
      .when(book('ann', { seats: 2 }))
      .refused('SoldOut', { requested: 2, free: 1, waiting: 0 });
  });

  test('is stamped no earlier than the fact before it when the clock has gone back', () => {
    const booked = given(scheduled())
      .at(NOW - HOUR)
      .when(book('ann'))
      .then(confirmed('ann', { createdAt: NOW }));
    booked.secondTime.refused('AlreadyBooked', twice);
  });

  test('is sold out while somebody waits, although places are free', () => {
    given(scheduled({ capacity: 4 }), confirmed('bob', { seats: 2 }), waitlisted('cid', { seats: 3 }))
      .at(NOW)
      .when(book('ann'))
      .refused('SoldOut', { requested: 1, free: 2, waiting: 1 });
  });

  test('holds the places first, for as long as the event says', () => {
    const booked = given(scheduled())
      .at(NOW)
      .when(book('ann', { hold: true }))
      .then(held('ann', { expiresAt: NOW + 600 * SECOND, ceilingAt: NOW + 2 * HOUR }));
    booked.secondTime.refused('AlreadyBooked', twice);
    expect(booked.ledger()).toMatchObject({ seatsTaken: 1, seatsHeld: 1, holdsOpen: 1 });
  });

  test('holds for as long as the caller says', () => {
    const booking = given(scheduled())
      .at(NOW)
      .when(book('ann', { hold: true, holdSeconds: 30 }))
      .then(held('ann', { expiresAt: NOW + 30 * SECOND }));
    booking.secondTime.refused('AlreadyBooked', twice);
  });

  test('holds no longer than sales last', () => {
    const close = NOW + 5 * MINUTE;
    const early = given(scheduled({ salesCloseAt: close }))
      .at(NOW)
      .when(book('ann', { hold: true }));
    early.then(held('ann', { expiresAt: close })).secondTime.refused('AlreadyBooked', twice);
    const late = given(scheduled({ startsAt: close, salesCloseAt: STARTS }))
      .at(NOW)
      .when(book('ann', { hold: true }));
    late.then(held('ann', { expiresAt: close })).secondTime.refused('AlreadyBooked', twice);
  });

  test('needs an event', () => {
    given().at(NOW).when(book('ann')).refused('NotFound');
  });

  test('opens with sales, at the very instant', () => {
    const event = scheduled({ salesOpenAt: NOW });
    given(event)
      .at(NOW - 1)
      .when(book('ann'))
      .refused('SalesNotOpen', { salesOpenAt: NOW });
    const booked = given(event).at(NOW).when(book('ann')).then(confirmed('ann'));
    booked.secondTime.refused('AlreadyBooked', twice);
  });

  test('closes with sales, at the very instant', () => {
    const event = scheduled({ salesCloseAt: NOW + HOUR });
    const last = NOW + HOUR - 1;
    const booked = given(event)
      .at(last)
      .when(book('ann'))
      .then(confirmed('ann', { createdAt: last }));
    booked.secondTime.refused('AlreadyBooked', twice);
    given(event)
      .at(NOW + HOUR)
      .when(book('ann', { waitlist: true }))
      .refused('SalesClosed');
  });

  test('ends with the start, whatever sales say', () => {
    given(scheduled({ salesCloseAt: STARTS + HOUR }))
      .at(STARTS)
      .when(book('ann'))
      .refused('EventStarted');
  });

  test('is over once the event is called off, started or not', () => {
    given(scheduled(), calledOff()).at(NOW).when(book('ann')).refused('EventCancelled');
    given(scheduled(), calledOff()).at(STARTS).when(book('ann')).refused('EventCancelled');
  });

  test('asks for no more places than one booking may have', () => {
    given(scheduled({ maxSeatsPerBooking: 3 }))
      .at(NOW)
      .when(book('ann', { seats: 4 }))
      .refused('TooManySeats', { max: 3 });
    given(scheduled({ capacity: 2 }))
      .at(NOW)
      .when(book('ann', { seats: 3, waitlist: true }))
      .refused('TooManySeats', { max: 2 });
  });

  test('is for one active booking of a user, in whatever status', () => {
    const again = book('ann', { bookingId: 'b-ann-2', waitlist: true });
    const other = confirmed('bob', { seats: 10 });
    for (const active of [[confirmed('ann')], [held('ann')], [offered('ann')], [other, waitlisted('ann')]])
      given(scheduled(), ...active)
        .at(NOW)
        .when(again)
        .refused('AlreadyBooked', twice);
  });

  test('can be done again after an end, 50 times in all', () => {
    const round = (n: number) => [confirmed('ann', { bookingId: `b-${n}` }), cancelled('ann', { bookingId: `b-${n}` })];
    const rounds = Array.from({ length: LIMITS.bookingsPerUser }, (_, index) => round(index + 1)).flat();
    const fiftieth = given(scheduled(), ...rounds.slice(0, -2))
      .at(NOW)
      .when(book('ann'))
      .then(confirmed('ann'));
    fiftieth.secondTime.refused('AlreadyBooked', twice);
    given(scheduled(), ...rounds)
      .at(NOW)
      .when(book('ann'))
      .refused('TooManyBookings');
    const bob = given(scheduled(), ...rounds)
      .at(NOW)
      .when(book('bob'))
      .then(confirmed('bob'));
    bob.secondTime.refused('AlreadyBooked', { bookingId: 'b-bob' });
  });

  test('is no hold when the user has all the holds that one may have', () => {
    const reached = { hold: true, holdsReached: 20 };
    given(scheduled()).at(NOW).when(book('ann', reached)).refused('TooManyHolds', { max: 20 });
    given(scheduled(), confirmed('ann')).at(NOW).when(book('ann', reached)).refused('AlreadyBooked', twice);
    const direct = given(scheduled())
      .at(NOW)
      .when(book('ann', { holdsReached: 20 }))
      .then(confirmed('ann'));
    direct.secondTime.refused('AlreadyBooked', twice);
  });

  test('does not count fewer bookings because an early one came back', () => {
    const second = { bookingId: 'b-2' };
    const story = [held('ann'), expired('ann'), confirmed('ann', second), cancelled('ann', second)];
    const third = given(scheduled(), ...story, confirmed('ann'), cancelled('ann'))
      .at(NOW)
      .when(book('ann', { bookingId: 'b-3' }))
      .then(confirmed('ann', { bookingId: 'b-3' }));
    third.secondTime.refused('AlreadyBooked', { bookingId: 'b-3' });
    expect(third.booking('b-3')).toMatchObject({ ordinal: 3 });
  });
});

describe('the line', () => {
  test('is joined at the end when nothing fits, and only on request', () => {
    const waiting = given(...full)
      .at(NOW)
      .when(book('ann', { waitlist: true }))
      .then(waitlisted('ann'));
    waiting.secondTime.refused('AlreadyBooked', twice);
    expect(waiting.ledger()).toMatchObject({ seatsTaken: 2, seatsHeld: 0, waitlist: { length: 1 } });
    given(...full)
      .at(NOW)
      .when(book('ann'))
      .refused('SoldOut', { requested: 1, free: 0, waiting: 0 });
  });

  test('is joined even if places are free while somebody waits for more', () => {
    const story = [scheduled({ capacity: 4 }), confirmed('bob', { seats: 2 }), waitlisted('cid', { seats: 3 })];
    const waiting = given(...story)
      .at(NOW)
      .when(book('ann', { waitlist: true }))
      .then(waitlisted('ann'));
    waiting.secondTime.refused('AlreadyBooked', twice);
    expect(waiting.ledger().waitlist.tail).toMatchObject({ bookingId: 'b-ann' });
  });

  test('is not joined when the places can be had at once', () => {
    const booked = given(scheduled())
      .at(NOW)
      .when(book('ann', { waitlist: true }))
      .then(confirmed('ann'));
    booked.secondTime.refused('AlreadyBooked', twice);
  });

  test('takes as many as the event says', () => {
    const [event, bob] = [scheduled({ capacity: 2, waitlistLimit: 2 }), confirmed('bob', { seats: 2 })];
    const last = given(event, bob, waitlisted('cid'))
      .at(NOW)
      .when(book('ann', { waitlist: true }));
    last.then(waitlisted('ann')).secondTime.refused('AlreadyBooked', twice);
    const story = [event, bob, waitlisted('cid'), waitlisted('dan')];
    given(...story)
      .at(NOW)
      .when(book('ann', { waitlist: true }))
      .refused('WaitlistFull');
  });

  test('can be closed altogether', () => {
    given(scheduled({ capacity: 2, waitlistLimit: 0 }), confirmed('bob', { seats: 2 }))
      .at(NOW)
      .when(book('ann', { waitlist: true }))
      .refused('WaitlistFull');
  });
});
