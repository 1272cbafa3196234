import type { BookingCommand } from '../../../src/domain/booking/commands.js';
import type { BookingEvent } from '../../../src/domain/booking/events.js';
import { Desk } from '../../support/desk.js';
import {
  NOW,
  STARTS,
  book,
  calledOff,
  cancel,
  cancelled,
  change,
  confirm,
  confirmed,
  expired,
  extend,
  held,
  offered,
  scheduled,
  waitlisted,
} from '../../support/facts.js';
import { seen } from '../../support/given.js';

const ann = { seats: 2 };
const full = [scheduled({ capacity: 2 }), confirmed('bob', ann)];

/** Everything that a booking of Ann's can be, with two places asked for. */
const stories = {
  'not there': [scheduled()],
  'not there, nor is the event': [],
  "somebody else's": [scheduled(), confirmed('bob', { bookingId: 'b-ann' })],
  'in line': [...full, waitlisted('ann', ann)],
  held: [scheduled(), held('ann', ann)],
  offered: [scheduled(), waitlisted('ann', ann), offered('ann', ann)],
  confirmed: [scheduled(), confirmed('ann', ann)],
  cancelled: [scheduled(), confirmed('ann', ann), cancelled('ann', ann)],
  'a lapsed hold': [scheduled(), held('ann', ann), expired('ann', ann)],
  'a lapsed offer': [
    ...[scheduled(), waitlisted('ann', ann), offered('ann', ann)],
    expired('ann', { ...ann, offer: true }),
  ],
  'in line, event called off': [...full, waitlisted('ann', ann), calledOff()],
  'held, event called off': [scheduled(), held('ann', ann), calledOff()],
  'confirmed, event called off': [scheduled(), confirmed('ann', ann), calledOff()],
  'a lapsed hold, event called off': [scheduled(), held('ann', ann), expired('ann', ann), calledOff()],
  'confirmed, event started': [scheduled(), confirmed('ann', ann)],
} satisfies Record<string, BookingEvent[]>;

const commands = {
  'book again': book('ann', { bookingId: 'b-ann-2' }),
  confirm: confirm('ann'),
  extend: extend('ann', 1_200),
  cancel: cancel('ann'),
  'fewer places': change('ann', { seats: 1 }),
  'more places': change('ann', { seats: 3 }),
  'another reference': change('ann', { reference: 'R-1' }),
  'no change': change('ann', { seats: 2 }),
} satisfies Record<string, BookingCommand>;

/** What the first try gives; after the arrow what the second gives, where the first was accepted. */
type Cell = string;
type Row = Record<keyof typeof commands, Cell>;

const missing: Row = {
  'book again': 'BookingConfirmed → AlreadyBooked',
  confirm: 'NotFound',
  extend: 'NotFound',
  cancel: 'NotFound',
  'fewer places': 'NotFound',
  'more places': 'NotFound',
  'another reference': 'NotFound',
  'no change': 'NotFound',
};
const alive: Row = {
  'book again': 'AlreadyBooked',
  confirm: 'BookingConfirmed → quiet',
  extend: 'HoldExtended → HoldCeiling',
  cancel: 'BookingCancelled → quiet',
  'fewer places': 'BookingSeatsChanged → quiet',
  'more places': 'BookingSeatsChanged → quiet',
  'another reference': 'BookingReferenceChanged → quiet',
  'no change': 'quiet → quiet',
};
const ended: Row = {
  'book again': 'BookingConfirmed → AlreadyBooked',
  confirm: 'BookingEnded',
  extend: 'BookingEnded',
  cancel: 'quiet → quiet',
  'fewer places': 'BookingEnded',
  'more places': 'BookingEnded',
  'another reference': 'BookingEnded',
  'no change': 'BookingEnded',
};
const off: Row = {
  'book again': 'EventCancelled',
  confirm: 'EventCancelled',
  extend: 'EventCancelled',
  cancel: 'quiet → quiet',
  'fewer places': 'EventCancelled',
  'more places': 'EventCancelled',
  'another reference': 'EventCancelled',
  'no change': 'EventCancelled',
};
const table: Record<keyof typeof stories, Row> = {
  'not there': missing,
  'not there, nor is the event': { ...missing, 'book again': 'NotFound' },
  "somebody else's": missing,
  'in line': { ...alive, confirm: 'NotHeld', extend: 'NotHeld', 'more places': 'WaitlistedOnlyShrinks' },
  held: alive,
  offered: { ...alive, extend: 'NotExtendable' },
  confirmed: { ...alive, confirm: 'quiet → quiet', extend: 'NotHeld' },
  cancelled: ended,
  'a lapsed hold': { ...ended, confirm: 'BookingConfirmed → quiet', extend: 'HoldLapsed' },
  'a lapsed offer': { ...ended, confirm: 'HoldLapsed', extend: 'HoldLapsed' },
  'in line, event called off': off,
  'held, event called off': off,
  'confirmed, event called off': off,
  'a lapsed hold, event called off': { ...off, confirm: 'HoldLapsed', extend: 'HoldLapsed' },
  'confirmed, event started': {
    ...alive,
    'book again': 'EventStarted',
    confirm: 'quiet → quiet',
    extend: 'NotHeld',
    cancel: 'CancellationClosed',
    'more places': 'EventStarted',
  },
};

function answerTo(command: BookingCommand, desk: Desk, now: number): string {
  const answer = desk.handle(command, now);
  if (!answer.accepted) {
    seen.refusals.add(answer.refusal.reason);
    return answer.refusal.reason;
  }
  const types = answer.facts.map(({ type }) => type);
  for (const type of types) seen.events.add(type);
  return types.join(' + ') || 'quiet';
}

describe('a booking in every status takes every command', () => {
  for (const [status, row] of Object.entries(table) as [keyof typeof stories, Row][]) {
    test.each(Object.entries(row) as [keyof typeof commands, Cell][])(`${status}: %s gives %s`, (name, cell) => {
      const desk = new Desk();
      for (const [index, fact] of stories[status].entries()) desk.write(fact, NOW, `given-${index}`, 'ann');
      const now = status.endsWith('started') ? STARTS : NOW;
      const first = answerTo(commands[name], desk, now);
      const second = answerTo(commands[name], desk, now);
      expect(cell.includes('→') ? `${first} → ${second}` : first).toBe(cell);
      // A refusal stays one.
      if (!cell.includes('→')) expect(second).toBe(first);
    });
  }

  const { 'book again': _new, ...onBooking } = commands;
  test.each(Object.keys(onBooking) as (keyof typeof onBooking)[])('from a stale copy, %s is refused first', (name) => {
    for (const [status, story] of Object.entries(stories)) {
      if (!story.some((fact) => 'userId' in fact.data && fact.data.userId === 'ann')) continue;
      const desk = new Desk();
      for (const [index, fact] of story.entries()) desk.write(fact, NOW, `given-${index}`, 'ann');
      const answer = answerTo({ ...commands[name], ifMatch: { revision: 0 } }, desk, NOW);
      expect([status, answer]).toEqual([status, 'PreconditionFailed']);
    }
  });
});
