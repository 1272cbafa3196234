import type { BookingEvent } from '../../../src/domain/booking/events.js';
import { LIMITS } from '../../../src/domain/booking/policy.js';
import {
  HOUR,
  MINUTE,
  NOW,
  STARTS,
  cancel,
  cancelled,
  change,
  confirmed,
  held,
  offered,
  referenceChanged,
  ruled,
  scheduled,
  seatsChanged,
  waitlisted,
} from '../../support/facts.js';
import { given } from '../../support/given.js';

describe('fewer places', () => {
  test('are always possible, after sales and after the start too', () => {
    const story = [scheduled({ salesCloseAt: NOW + HOUR, cancelUntil: NOW }), confirmed('ann', { seats: 3 })];
    for (const now of [NOW, NOW + HOUR, STARTS]) {
      const fewer = given(...story)
        .at(now)
        .when(change('ann', { seats: 1 }));
      const done = fewer.then(seatsChanged('ann', { seats: 1 }));
      done.secondTime.quiet();
      expect(done.ledger().seatsTaken).toBe(1);
    }
  });

  test('of a hold keep its end, and go to whoever waits', () => {
    const story = [scheduled({ capacity: 3 }), held('ann', { seats: 3 }), waitlisted('bob', { seats: 2 })];
    const fewer = given(...story)
      .at(NOW)
      .when(change('ann', { seats: 1 }));
    const done = fewer.then(
      seatsChanged('ann', { seats: 1, status: 'held', expiresAt: NOW + 10 * MINUTE }),
      offered('bob', { seats: 2 }),
    );
    done.secondTime.quiet();
    expect(done.ledger()).toMatchObject({ seatsTaken: 3, seatsHeld: 3, holdsOpen: 2 });
    expect(done.booking('b-ann')).toMatchObject({ ceilingAt: NOW + 2 * HOUR, extensions: 0 });
    expect(done.causes()).toEqual([done.lastCommandId()]);
  });

  test('in line keep the turn, and may make it fit', () => {
    const story = [
      scheduled({ capacity: 3 }),
      ...[confirmed('bob', { seats: 2 }), waitlisted('ann', { seats: 3 }), waitlisted('cid', { seats: 1 })],
    ];
    const still = given(...story)
      .at(NOW)
      .when(change('ann', { seats: 2 }));
    const turn = still.then(seatsChanged('ann', { seats: 2, status: 'waitlisted' }));
    turn.secondTime.quiet();
    expect(turn.ledger().waitlist.head).toMatchObject({ bookingId: 'b-ann', seats: 2 });
    const fits = given(...story)
      .at(NOW)
      .when(change('ann', { seats: 1 }));
    fits.then(seatsChanged('ann', { seats: 1, status: 'waitlisted' }), offered('ann', { seats: 1 })).secondTime.quiet();
  });
});

describe('more places', () => {
  const story = [scheduled({ capacity: 5, salesCloseAt: NOW + HOUR }), confirmed('ann', { seats: 2 })];
  const more = change('ann', { seats: 4 });

  test('need as many free', () => {
    given(...story, confirmed('bob'))
      .at(NOW)
      .when(more)
      .then(seatsChanged('ann', { seats: 4 }))
      .secondTime.quiet();
    const none = given(...story, confirmed('bob', { seats: 2 }))
      .at(NOW)
      .when(more);
    const refused = none.refused('SoldOut', { requested: 2, free: 1, waiting: 0 });
    expect(refused.booking('b-ann')).toMatchObject({ seats: 2, status: 'confirmed' });
  });

  test('are not had while somebody waits', () => {
    given(...story, confirmed('bob'), waitlisted('cid', { seats: 3 }))
      .at(NOW)
      .when(change('ann', { seats: 3 }))
      .refused('SoldOut', { requested: 1, free: 2, waiting: 1 });
  });

  test('are for a booking of the allowed size', () => {
    given(...story, ruled({ maxSeatsPerBooking: 3 }))
      .at(NOW)
      .when(more)
      .refused('TooManySeats', { max: 3 });
    given(...story)
      .at(NOW)
      .when(change('ann', { seats: 6 }))
      .refused('TooManySeats', { max: 5 });
  });

  test('are sold like any others: after opening, before closing', () => {
    given(...story)
      .at(NOW + HOUR)
      .when(more)
      .refused('SalesClosed');
    given(...story, ruled({ salesOpenAt: NOW + 1 }))
      .at(NOW)
      .when(more)
      .refused('SalesNotOpen', { salesOpenAt: NOW + 1 });
    given(...story)
      .at(STARTS)
      .when(more)
      .refused('EventStarted');
  });

  test('go to an offer too', () => {
    const bigger = given(scheduled(), waitlisted('ann'), offered('ann'))
      .at(NOW)
      .when(change('ann', { seats: 2 }));
    const changed = { seats: 2, status: 'held', offer: true, expiresAt: NOW + 4 * HOUR } as const;
    bigger.then(seatsChanged('ann', changed)).secondTime.quiet();
  });
});

describe('a reference', () => {
  test('is put on, replaced and taken off', () => {
    const story = [scheduled(), confirmed('ann')];
    const on = given(...story)
      .at(NOW)
      .when(change('ann', { reference: 'R-1' }));
    on.then(referenceChanged('ann', { reference: 'R-1' })).secondTime.quiet();
    const marked = [scheduled(), confirmed('ann', { reference: 'R-1' })];
    const other = given(...marked)
      .at(STARTS)
      .when(change('ann', { reference: 'R-2' }));
    other.then(referenceChanged('ann', { reference: 'R-2' })).secondTime.quiet();
    const off = given(...marked)
      .at(NOW)
      .when(change('ann', { reference: null }));
    const done = off.then(referenceChanged('ann'));
    done.secondTime.quiet();
    expect(done.booking('b-ann')).toMatchObject({ reference: null });
    given(...story)
      .at(NOW)
      .when(change('ann', { reference: null }))
      .then()
      .secondTime.quiet();
  });

  test('changes with the places in one command: the second fact says both', () => {
    const both = given(scheduled(), confirmed('ann', { seats: 2 }))
      .at(NOW)
      .when(change('ann', { seats: 1, reference: 'R-1' }));
    const done = both.then(seatsChanged('ann', { seats: 1 }), referenceChanged('ann', { seats: 1, reference: 'R-1' }));
    done.secondTime.quiet();
    expect(done.booking('b-ann')).toMatchObject({ seats: 1, reference: 'R-1', changes: 2 });
  });

  test('on a hold says the end that its user is shown, and sales that are longer again do not give more', () => {
    const close = NOW + MINUTE;
    const story = [scheduled(), held('ann'), ruled({ salesCloseAt: close })];
    const on = given(...story)
      .at(NOW)
      .when(change('ann', { reference: 'R-1' }));
    const shown = { reference: 'R-1', status: 'held', expiresAt: close } as const;
    on.then(referenceChanged('ann', shown)).secondTime.quiet();
    const longer = given(...story, referenceChanged('ann', shown), ruled({ salesCloseAt: null }))
      .at(NOW)
      .when(change('ann', { reference: 'R-1' }));
    const still = longer.then();
    still.secondTime.quiet();
    expect(still.booking('b-ann')).toMatchObject({ expiresAt: close });
  });

  test('stays when the places that came with it are refused', () => {
    const both = given(scheduled({ capacity: 1 }), confirmed('ann')).at(NOW);
    both.when(change('ann', { seats: 2, reference: 'R-1' })).refused('TooManySeats', { max: 1 });
  });
});

describe('a booking changes', () => {
  const times = (count: number): BookingEvent[] =>
    Array.from({ length: count }, (_, index) => referenceChanged('ann', { seats: 2, reference: `R-${index}` }));
  const story = (count: number) => given(scheduled(), confirmed('ann', { seats: 2 }), ...times(count)).at(NOW);

  test('50 times and no more, one command counting for what it changes', () => {
    const last = change('ann', { reference: null });
    story(LIMITS.changesPerBooking - 1)
      .when(last)
      .then(referenceChanged('ann', { seats: 2 }))
      .secondTime.quiet();
    story(LIMITS.changesPerBooking).when(last).refused('TooManyChanges');
    story(LIMITS.changesPerBooking - 1)
      .when(change('ann', { seats: 1, reference: null }))
      .refused('TooManyChanges');
    story(LIMITS.changesPerBooking)
      .when(change('ann', { seats: 2 }))
      .then()
      .secondTime.quiet();
  });

  test('only for its owner, and only from the copy that is still good', () => {
    const mine = [scheduled(), confirmed('ann'), confirmed('bob')];
    given(...mine)
      .at(NOW)
      .when(change('ann', { owner: 'bob', reference: 'x' }))
      .refused('NotFound');
    given(...mine)
      .at(NOW)
      .when(change('ann', { ifMatch: { revision: 0 }, reference: 'x' }))
      .refused('PreconditionFailed');
    const good = given(...mine)
      .at(NOW)
      .when(change('ann', { ifMatch: { revision: 2 }, reference: 'x' }));
    good.then(referenceChanged('ann', { reference: 'x' })).secondTime.refused('PreconditionFailed');
  });
});

describe('cancel', () => {
  test('gives the places back, with the reason', () => {
    const gone = given(scheduled(), confirmed('ann', { seats: 2 }))
      .at(NOW)
      .when(cancel('ann', { reason: 'ill' }));
    const done = gone.then(cancelled('ann', { seats: 2, reason: 'ill' }));
    done.secondTime.quiet();
    expect(done.ledger().seatsTaken).toBe(0);
    expect(done.booking('b-ann')).toMatchObject({ status: 'cancelled', endedReason: 'ill' });
  });

  test('of a hold takes its end off, of a turn closes the gap in the line', () => {
    const hold = given(scheduled(), held('ann')).at(NOW).when(cancel('ann')).then(cancelled('ann'));
    hold.secondTime.quiet();
    expect(hold.ledger()).toMatchObject({ seatsHeld: 0, holdsOpen: 0, deadlines: [] });
    expect(hold.booking('b-ann')).toMatchObject({ endedReason: 'cancelled' });
    const line = [
      scheduled({ capacity: 1 }),
      confirmed('zoe'),
      ...['bob', 'ann', 'cid'].map((user) => waitlisted(user)),
    ];
    const turn = given(...line)
      .at(NOW)
      .when(cancel('ann'))
      .then(cancelled('ann'));
    turn.secondTime.quiet();
    const { head, tail } = turn.ledger().waitlist;
    expect([head?.bookingId, head?.behind?.bookingId, tail?.ahead?.bookingId]).toEqual(['b-bob', 'b-cid', 'b-bob']);
  });

  test('is open to users until the event says, and to the box office after that', () => {
    for (const [told, until] of [[{ cancelUntil: NOW + HOUR }, NOW + HOUR] as const, [{}, STARTS] as const]) {
      const story = [scheduled(told), confirmed('ann')];
      given(...story)
        .at(until - 1)
        .when(cancel('ann'))
        .then(cancelled('ann'))
        .secondTime.quiet();
      given(...story)
        .at(until)
        .when(cancel('ann'))
        .refused('CancellationClosed');
      given(...story)
        .at(until)
        .when(cancel('ann', { owner: null }))
        .then(cancelled('ann'))
        .secondTime.quiet();
    }
  });

  test('of an ended booking stays quiet after the deadline too', () => {
    given(scheduled(), confirmed('ann'), cancelled('ann')).at(STARTS).when(cancel('ann')).then().secondTime.quiet();
  });
});
