import type { BookingCommand } from '../../src/domain/booking/commands.js';
import { SETTLE, type BookingEvent, type RulesChange } from '../../src/domain/booking/events.js';
import { presentBooking } from '../../src/domain/booking/bookings.js';
import { initial } from '../../src/domain/booking/ledger.js';
import { freeSeats } from '../../src/domain/booking/policy.js';
import { Desk } from '../support/desk.js';
import {
  NOW,
  STARTS,
  book,
  callOff,
  cancel,
  change,
  changeEvent,
  confirmed,
  held,
  scheduled,
  seatsChanged,
} from '../support/facts.js';

/** What a command writes over these facts. */
function written(facts: readonly BookingEvent[], command: BookingCommand): BookingEvent[] {
  const desk = new Desk();
  for (const fact of facts) desk.write(fact, NOW, 'given', 'ann');
  expect(desk.handle(command, NOW)).toMatchObject({ accepted: true });
  return desk.log.slice(facts.length).map(({ recorded }) => recorded.event);
}

describe('a fact has the fields that were said, and no others, not even empty ones', () => {
  test.each<[string, BookingEvent[], BookingCommand, string]>([
    ['a booking without a reference', [scheduled()], book('ann'), 'reference'],
    ['a cancellation without a reason', [scheduled(), confirmed('ann')], cancel('ann'), 'reason'],
    ['the end of an event without a reason', [scheduled()], callOff(), 'reason'],
    ['a new start of an event without an end', [scheduled()], changeEvent({ startsAt: STARTS + 1 }), 'endsAt'],
    ['more places of a confirmed booking', [scheduled(), confirmed('ann')], change('ann', { seats: 2 }), 'expiresAt'],
  ])('%s', (_what, facts, command, field) => {
    const [fact] = written(facts, command);
    expect(Object.keys(fact!.data)).not.toContain(field);
  });

  test('and more places of a hold keep its end', () => {
    const [fact] = written([scheduled(), held('ann')], change('ann', { seats: 2 }));
    expect(fact!.data).toHaveProperty('expiresAt', held('ann').data.expiresAt);
  });
});

test('a rule that is named without a value is not changed', () => {
  const rules = { holdSeconds: undefined } as unknown as RulesChange;
  expect(written([scheduled()], changeEvent({ rules }))).toEqual([]);
});

test('a booking may be changed to as many places as one may have', () => {
  const most = change('ann', { seats: 10 });
  expect(written([scheduled(), confirmed('ann')], most)).toEqual([seatsChanged('ann', { seats: 10 })]);
});

describe('a ledger without a fact', () => {
  test('is before the first revision, with nothing to chain to and nothing free', () => {
    expect(initial()).toMatchObject({ revision: -1, settingsRevision: -1, hash: '', cause: '', schedule: null });
    expect(freeSeats(initial())).toBe(0);
  });
});

test('a booking is shown as it stands: only a hold has an end', () => {
  const desk = new Desk();
  for (const fact of [scheduled(), confirmed('ann')]) desk.write(fact, NOW, 'given', 'ann');
  expect(presentBooking(desk.ledger, 'b-ann')).toBe(desk.ledger.bookings.get('b-ann'));
});

test('what settle writes is signed with a name that no user can have, in every log', () => {
  expect(SETTLE).toBe('system:settle');
});
