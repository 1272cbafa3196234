import { booking } from '../../../src/domain/booking/decide.js';
import type { BookingEvent } from '../../../src/domain/booking/events.js';
import { LIMITS } from '../../../src/domain/booking/policy.js';
import {
  HOUR,
  MINUTE,
  NOW,
  SECOND,
  STARTS,
  cancelled,
  confirm,
  confirmed,
  expired,
  extend,
  extended,
  held,
  offered,
  resized,
  ruled,
  scheduled,
  waitlisted,
} from '../../support/facts.js';
import { given } from '../../support/given.js';

const LAPSE = NOW + 10 * MINUTE;

describe('confirm', () => {
  test('turns a hold into a booking until the last millisecond', () => {
    const booked = given(scheduled(), held('ann', { reference: 'R-1' }))
      .at(LAPSE - 1)
      .when(confirm('ann'));
    const done = booked.then(confirmed('ann', { reference: 'R-1' }));
    done.secondTime.quiet();
    expect(done.ledger()).toMatchObject({ seatsTaken: 1, seatsHeld: 0, holdsOpen: 0 });
  });

  test('turns an offer into a booking that remembers where it came from', () => {
    const booked = given(scheduled(), waitlisted('ann'), offered('ann')).at(LAPSE).when(confirm('ann'));
    booked.then(confirmed('ann', { offer: true })).secondTime.quiet();
  });

  test('asked for by somebody else is as if there were no such booking, but the box office may', () => {
    given(scheduled(), held('ann'))
      .at(NOW)
      .when(confirm('ann', { owner: 'bob' }))
      .refused('NotFound');
    given(scheduled()).at(NOW).when(confirm('ann')).refused('NotFound');
    given().at(NOW).when(confirm('ann')).refused('NotFound');
    const booked = given(scheduled(), held('ann'))
      .at(NOW)
      .when(confirm('ann', { owner: null }));
    booked.then(confirmed('ann')).secondTime.quiet();
  });

  test('with a stale copy is refused', () => {
    const story = [scheduled(), held('ann'), confirmed('bob')];
    for (const revision of [-1, 0, 3])
      given(...story)
        .at(NOW)
        .when(confirm('ann', { ifMatch: { revision } }))
        .refused('PreconditionFailed');
    for (const revision of [1, 2]) {
      const booked = given(...story)
        .at(NOW)
        .when(confirm('ann', { ifMatch: { revision } }));
      booked.then(confirmed('ann')).secondTime.refused('PreconditionFailed');
    }
    const booked = given(...story)
      .at(NOW)
      .when(confirm('ann', { ifMatch: 'exists' }));
    booked.then(confirmed('ann')).secondTime.quiet();
  });

  test('of a hold that nobody settled yet is refused by itself', () => {
    const ledger = booking.initial();
    for (const [revision, event] of [scheduled(), held('ann')].entries())
      booking.evolve(ledger, { event, revision, commandId: '', actor: 'ann', occurredAt: NOW, hash: '' });
    const lapsed = { accepted: false, refusal: { reason: 'HoldLapsed' } };
    expect(booking.decide(confirm('ann'), ledger, LAPSE)).toEqual(lapsed);
    expect(booking.decide(extend('ann', 3_600), ledger, LAPSE)).toEqual(lapsed);
  });
});

describe('a late confirm', () => {
  const gone = [scheduled({ capacity: 2, salesCloseAt: STARTS - HOUR }), held('ann'), expired('ann')];

  test('takes the places again when they are still there, even in the instant they lapse', () => {
    const booked = given(scheduled(), held('ann')).at(LAPSE).when(confirm('ann'));
    booked.then(expired('ann'), confirmed('ann')).secondTime.quiet();
    const [early] = [
      given(...gone)
        .at(STARTS - HOUR - 1)
        .when(confirm('ann')),
    ];
    const done = early.then(confirmed('ann'));
    done.secondTime.quiet();
    expect(done.booking('b-ann')).toMatchObject({ status: 'confirmed', ordinal: 1, createdAt: NOW });
  });

  test.each<[string, BookingEvent[], number]>([
    ['sales have closed', [], STARTS - HOUR],
    ['the event has started', [ruled({ salesCloseAt: null })], STARTS],
    ['sales are not open again yet', [ruled({ salesOpenAt: NOW + 2 * HOUR })], NOW + HOUR],
    ['the places are gone', [confirmed('bob', { seats: 2 })], NOW + HOUR],
    ['the event has become too small', [confirmed('bob'), resized(1)], NOW + HOUR],
    ['somebody waits', [confirmed('bob'), waitlisted('cid', { seats: 2 })], NOW + HOUR],
  ])('comes too late when %s', (_when, facts, now) => {
    given(...gone, ...facts)
      .at(now)
      .when(confirm('ann'))
      .refused('HoldLapsed');
  });

  test('gives way to the other booking that the user has made since', () => {
    const other = { bookingId: 'b-ann-2' };
    for (const active of [confirmed('ann', other), held('ann', { ...other, expiresAt: STARTS }), offered('ann', other)])
      given(...gone, active)
        .at(NOW)
        .when(confirm('ann'))
        .refused('AlreadyBooked', other);
    given(...gone, confirmed('bob', { seats: 2 }), waitlisted('ann', other))
      .at(NOW)
      .when(confirm('ann'))
      .refused('AlreadyBooked', other);
    const booked = given(...gone, confirmed('ann', other), cancelled('ann', other))
      .at(NOW)
      .when(confirm('ann'));
    booked.then(confirmed('ann')).secondTime.quiet();
  });

  test('does not bring back an offer: its places went to the next in line', () => {
    given(scheduled(), offered('ann'))
      .at(NOW + 4 * HOUR)
      .when(confirm('ann'))
      .refused('HoldLapsed');
  });
});

describe('extend', () => {
  const story = [scheduled(), held('ann', { reference: 'R-1' })];

  test('gives that many seconds from now', () => {
    const longer = given(...story)
      .at(NOW + 5 * MINUTE)
      .when(extend('ann', 600));
    const done = longer.then(extended('ann', { expiresAt: NOW + 15 * MINUTE, reference: 'R-1' }));
    done.secondTime.refused('HoldCeiling', { ceilingAt: NOW + 2 * HOUR });
    expect(done.booking('b-ann')).toMatchObject({ expiresAt: NOW + 15 * MINUTE, extensions: 1 });
    expect(done.ledger()).toMatchObject({ seatsTaken: 1, seatsHeld: 1, holdsOpen: 1 });
  });

  test('never makes a hold shorter', () => {
    const none = given(...story)
      .at(NOW)
      .when(extend('ann', 600));
    none.refused('HoldCeiling', { ceilingAt: NOW + 2 * HOUR });
    const more = given(...story)
      .at(NOW)
      .when(extend('ann', 601));
    more.then(extended('ann', { expiresAt: LAPSE + SECOND, reference: 'R-1' })).secondTime.refused('HoldCeiling', {
      ceilingAt: NOW + 2 * HOUR,
    });
  });

  test('stops at the ceiling', () => {
    const late = [...story, extended('ann', { expiresAt: NOW + HOUR })];
    const longer = given(...late)
      .at(NOW + 30 * MINUTE)
      .when(extend('ann', 7_200));
    longer.then(extended('ann', { expiresAt: NOW + 2 * HOUR })).secondTime.refused('HoldCeiling', {
      ceilingAt: NOW + 2 * HOUR,
    });
  });

  test('stops at the end of sales as it is now', () => {
    const close = NOW + 20 * MINUTE;
    const longer = given(...story, ruled({ salesCloseAt: close }))
      .at(NOW)
      .when(extend('ann', 7_200));
    const done = longer.then(extended('ann', { expiresAt: close, reference: 'R-1' }));
    done.secondTime.refused('HoldCeiling', { ceilingAt: close });
  });

  test('keeps the ceiling of the hold when sales are longer again', () => {
    const short = extended('ann', { expiresAt: NOW + 20 * MINUTE });
    const longer = given(
      scheduled({ salesCloseAt: NOW + 20 * MINUTE }),
      held('ann'),
      short,
      ruled({ salesCloseAt: null }),
    )
      .at(NOW)
      .when(extend('ann', 7_200));
    longer.then(extended('ann', { expiresAt: NOW + 2 * HOUR })).secondTime.refused('HoldCeiling', {
      ceilingAt: NOW + 2 * HOUR,
    });
  });

  test('works 50 times', () => {
    const times = (count: number) =>
      Array.from({ length: count }, (_, index) => extended('ann', { expiresAt: LAPSE + index * SECOND }));
    const last = given(...story, ...times(LIMITS.extensionsPerHold - 1))
      .at(NOW)
      .when(extend('ann', 3_600));
    last.then(extended('ann', { expiresAt: NOW + HOUR })).secondTime.refused('NotExtendable');
    given(...story, ...times(LIMITS.extensionsPerHold))
      .at(NOW)
      .when(extend('ann', 3_600))
      .refused('NotExtendable');
  });

  test('comes too late once the hold is due', () => {
    given(...story)
      .at(LAPSE)
      .when(extend('ann', 600))
      .refused('HoldLapsed')
      .booking('b-ann');
  });
});

describe('what is shown of a hold', () => {
  test('is that it ends with sales, as they stand now', () => {
    const story = given(scheduled(), held('ann'), ruled({ salesCloseAt: NOW + MINUTE }))
      .at(NOW)
      .when(extend('ann', 1));
    const shown = story.refused('HoldCeiling', { ceilingAt: NOW + MINUTE });
    expect(shown.booking('b-ann')).toMatchObject({ status: 'held', expiresAt: NOW + MINUTE });
    expect(shown.booking('b-nobody')).toBeUndefined();
  });
});
