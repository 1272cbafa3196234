import {
  HOUR,
  MINUTE,
  NOW,
  STARTS,
  callOff,
  calledOff,
  changeEvent,
  confirmed,
  held,
  renamed,
  rescheduled,
  resized,
  ruled,
  schedule,
  scheduleIt,
  scheduled,
  waitlisted,
} from '../../support/facts.js';
import { given } from '../../support/given.js';

const invalid = (pointer: string) =>
  ['InvalidSettings' as const, { pointer, expected: expect.stringContaining('an instant') as string }] as const;

describe('schedule', () => {
  test('puts an event up, once', () => {
    given().at(NOW).when(scheduleIt()).then(scheduled()).secondTime.refused('EventExists');
    given(scheduled(), calledOff()).at(NOW).when(scheduleIt()).refused('EventExists');
  });

  test('lets as many wait as there are places, 10,000 at the most', () => {
    const { waitlistLimit: _said, ...silent } = schedule;
    for (const [capacity, waitlistLimit] of [[7, 7] as const, [20_000, 10_000] as const]) {
      const command = { type: 'ScheduleEvent', schedule: { ...silent, capacity } } as const;
      const done = given().at(NOW).when(command).then(scheduled({ capacity, waitlistLimit }));
      done.secondTime.refused('EventExists');
    }
  });

  test('is for the future', () => {
    given().at(STARTS).when(scheduleIt()).refused('StartsInPast');
    given()
      .at(STARTS - 1)
      .when(scheduleIt())
      .then(scheduled())
      .secondTime.refused('EventExists');
  });

  test('refuses settings that cannot be true together', () => {
    given()
      .at(NOW)
      .when(scheduleIt({ endsAt: STARTS }))
      .refused(...invalid('/endsAt'));
    given()
      .at(NOW)
      .when(scheduleIt({ salesOpenAt: STARTS }))
      .refused(...invalid('/salesOpenAt'));
    const crossed = scheduleIt({ salesOpenAt: NOW + HOUR, salesCloseAt: NOW + HOUR });
    given()
      .at(NOW)
      .when(crossed)
      .refused(...invalid('/salesOpenAt'));
    const fits = { endsAt: STARTS + 1, salesOpenAt: NOW + HOUR - 1, salesCloseAt: NOW + HOUR, resource: 'hall' };
    given().at(NOW).when(scheduleIt(fits)).then(scheduled(fits)).secondTime.refused('EventExists');
  });
});

describe('change of an event', () => {
  test('needs to say of which copy', () => {
    given()
      .at(NOW)
      .when(changeEvent({ title: 'Soirée' }))
      .refused('NotFound');
    given(scheduled())
      .at(NOW)
      .when(changeEvent({ ifMatch: null, title: 'Soirée' }))
      .refused('PreconditionRequired');
    const story = [scheduled(), confirmed('ann'), renamed('Late show'), confirmed('bob')];
    for (const revision of [-1, 0, 1, 4])
      given(...story)
        .at(NOW)
        .when(changeEvent({ ifMatch: { revision }, title: 'x' }))
        .refused('PreconditionFailed');
    for (const revision of [2, 3]) {
      const done = given(...story)
        .at(NOW)
        .when(changeEvent({ ifMatch: { revision }, title: 'x' }))
        .then(renamed('x'));
      done.secondTime.refused('PreconditionFailed');
    }
  });

  test('writes one fact of each kind, and none for what stays', () => {
    const asked = { title: 'Soirée', startsAt: STARTS + HOUR, endsAt: STARTS + 2 * HOUR, capacity: 20 };
    const all = given(scheduled())
      .at(NOW)
      .when(changeEvent({ ...asked, rules: { holdSeconds: 60, offerSeconds: 14_400 } }));
    const done = all.then(
      renamed('Soirée'),
      rescheduled(STARTS + HOUR, STARTS + 2 * HOUR),
      resized(20),
      ruled({ holdSeconds: 60 }),
    );
    done.secondTime.quiet();
    expect(done.ledger().schedule).toEqual({ ...schedule, ...asked, holdSeconds: 60 });
    expect(done.ledger().settingsRevision).toBe(4);
    given(scheduled())
      .at(NOW)
      .when(changeEvent({ title: 'Matinee', capacity: 10 }))
      .then()
      .secondTime.quiet();
  });

  test('clears what may be absent', () => {
    const told = { endsAt: STARTS + HOUR, salesOpenAt: NOW, salesCloseAt: NOW + HOUR, cancelUntil: NOW + MINUTE };
    const rules = { salesOpenAt: null, salesCloseAt: null, cancelUntil: null };
    const cleared = given(scheduled(told))
      .at(NOW)
      .when(changeEvent({ endsAt: null, rules }));
    const done = cleared.then(rescheduled(STARTS), ruled(rules));
    done.secondTime.quiet();
    expect(done.ledger().schedule).toEqual(schedule);
    given(scheduled())
      .at(NOW)
      .when(changeEvent({ endsAt: null, rules }))
      .then()
      .secondTime.quiet();
  });

  test('sets what always has a value back to what it is by default', () => {
    const told = { capacity: 7, holdSeconds: 60, offerSeconds: 300, maxSeatsPerBooking: 2, waitlistLimit: 1 };
    const rules = { holdSeconds: null, offerSeconds: null, maxSeatsPerBooking: null, waitlistLimit: null };
    const cleared = given(scheduled(told)).at(NOW).when(changeEvent({ rules }));
    const defaults = { holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10, waitlistLimit: 7 };
    cleared.then(ruled(defaults)).secondTime.quiet();
    const both = given(scheduled(told))
      .at(NOW)
      .when(changeEvent({ capacity: 8, rules: { waitlistLimit: null } }));
    both.then(resized(8), ruled({ waitlistLimit: 8 })).secondTime.quiet();
  });

  test('refuses settings that cannot be true together, with those that stay', () => {
    const story = [scheduled({ endsAt: STARTS + HOUR, salesOpenAt: NOW + HOUR })];
    const when = (asked: Parameters<typeof changeEvent>[0]) =>
      given(...story)
        .at(NOW)
        .when(changeEvent(asked));
    when({ startsAt: STARTS + HOUR }).refused(...invalid('/endsAt'));
    when({ endsAt: STARTS }).refused(...invalid('/endsAt'));
    when({ startsAt: NOW + HOUR }).refused(...invalid('/salesOpenAt'));
    when({ rules: { salesCloseAt: NOW + HOUR } }).refused(...invalid('/salesOpenAt'));
    when({ rules: { salesOpenAt: STARTS } }).refused(...invalid('/salesOpenAt'));
  });

  test('moves an event with its bookings, into the future only', () => {
    const story = [scheduled(), confirmed('ann'), held('bob')];
    const sooner = given(...story)
      .at(NOW)
      .when(changeEvent({ startsAt: NOW + 5 * MINUTE }));
    const done = sooner.then(rescheduled(NOW + 5 * MINUTE));
    done.secondTime.quiet();
    expect(done.booking('b-ann')).toMatchObject({ status: 'confirmed' });
    expect(done.booking('b-bob')).toMatchObject({ status: 'held', expiresAt: NOW + 5 * MINUTE });
    given(...story)
      .at(NOW)
      .when(changeEvent({ startsAt: NOW }))
      .refused('StartsInPast');
    const later = given(...story)
      .at(NOW)
      .when(changeEvent({ startsAt: STARTS + HOUR }));
    later.then(rescheduled(STARTS + HOUR)).secondTime.quiet();
  });

  test('keeps every place that is taken', () => {
    const story = [scheduled(), confirmed('ann', { seats: 3 }), held('bob', { seats: 2 })];
    given(...story)
      .at(NOW)
      .when(changeEvent({ capacity: 4 }))
      .refused('CapacityBelowTaken', { taken: 5 });
    given(...story)
      .at(NOW)
      .when(changeEvent({ capacity: 5 }))
      .then(resized(5))
      .secondTime.quiet();
  });

  test('after the start is a new title at most', () => {
    const change = (asked: Parameters<typeof changeEvent>[0]) => given(scheduled()).at(STARTS).when(changeEvent(asked));
    change({ title: 'x' }).then(renamed('x')).secondTime.quiet();
    change({ capacity: 10 }).then().secondTime.quiet();
    for (const asked of [{ capacity: 11 }, { endsAt: STARTS + HOUR }, { startsAt: STARTS + HOUR, title: 'x' }])
      change(asked).refused('EventStarted');
    change({ rules: { cancelUntil: STARTS + HOUR } }).refused('EventStarted');
  });

  test('after it was called off is a new title at most', () => {
    const change = (asked: Parameters<typeof changeEvent>[0]) =>
      given(scheduled(), calledOff()).at(NOW).when(changeEvent(asked));
    change({ title: 'x' }).then(renamed('x')).secondTime.quiet();
    for (const asked of [{ capacity: 11 }, { startsAt: STARTS + HOUR }, { rules: { holdSeconds: 60 } }])
      change(asked).refused('EventCancelled');
  });
});

describe('calling an event off', () => {
  test('is one fact, said once', () => {
    const story = [scheduled({ capacity: 3 }), confirmed('ann'), held('bob'), waitlisted('cid', { seats: 2 })];
    const done = given(...story)
      .at(NOW)
      .when(callOff())
      .then(calledOff());
    done.secondTime.quiet();
    expect(done.ledger().cancelled).toEqual({ revision: 4, at: NOW });
    given(...story, calledOff())
      .at(STARTS)
      .when(callOff({ reason: 'again' }))
      .then()
      .secondTime.quiet();
  });

  test('may be for the copy that was looked at only', () => {
    const story = [scheduled(), renamed('Soirée')];
    given(...story)
      .at(NOW)
      .when(callOff({ ifMatch: { revision: 0 } }))
      .refused('PreconditionFailed');
    const done = given(...story)
      .at(NOW)
      .when(callOff({ ifMatch: { revision: 1 } }))
      .then(calledOff());
    done.secondTime.refused('PreconditionFailed');
    given().at(NOW).when(callOff()).refused('NotFound');
  });

  test('comes too late after the start', () => {
    given(scheduled()).at(STARTS).when(callOff()).refused('EventStarted');
  });
});
