import { accept, refuse, type Decision } from '../decider.js';
import type { CancelEvent, ChangeEvent, Refusal, ScheduleEvent } from './commands.js';
import type { BookingEvent, Instant, Rules, RulesChange } from './events.js';
import { withRules } from './evolve.js';
import type { Ledger, Schedule } from './ledger.js';
import { defaultRules, defaultWaitlistLimit, hasStarted, isUnchanged, salesCloseAt } from './policy.js';

type Answer = Decision<BookingEvent, Refusal>;

export function scheduleEvent({ schedule }: ScheduleEvent, ledger: Ledger, now: Instant): Answer {
  if (ledger.schedule !== null) return refuse({ reason: 'EventExists' });
  if (schedule.startsAt <= now) return refuse({ reason: 'StartsInPast' });
  const waitlistLimit = schedule.waitlistLimit ?? defaultWaitlistLimit(schedule.capacity);
  const data = { ...schedule, waitlistLimit };
  const invalid = contradictionIn(data);
  return invalid === null ? accept({ type: 'EventScheduled', data }) : refuse(invalid);
}

export function changeEvent(command: ChangeEvent, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  if (command.ifMatch === null) return refuse({ reason: 'PreconditionRequired' });
  if (!isUnchanged(command.ifMatch, ledger.settingsRevision, ledger)) return refuse({ reason: 'PreconditionFailed' });

  const facts: BookingEvent[] = [];
  const { title = schedule.title, startsAt = schedule.startsAt, capacity = schedule.capacity } = command;
  const endsAt = command.endsAt === undefined ? schedule.endsAt : (command.endsAt ?? undefined);
  const rules = changedRules(schedule, command.rules, capacity);
  if (title !== schedule.title) facts.push({ type: 'EventRenamed', data: { title } });
  if (startsAt !== schedule.startsAt || endsAt !== schedule.endsAt)
    facts.push({ type: 'EventRescheduled', data: { startsAt, ...(endsAt === undefined ? {} : { endsAt }) } });
  if (capacity !== schedule.capacity) facts.push({ type: 'CapacityChanged', data: { capacity } });
  if (Object.keys(rules).length > 0) facts.push({ type: 'EventRulesChanged', data: rules });

  if (facts.some(({ type }) => type !== 'EventRenamed')) {
    if (ledger.cancelled !== null) return refuse({ reason: 'EventCancelled' });
    if (hasStarted(schedule, now)) return refuse({ reason: 'EventStarted' });
  }
  if (startsAt !== schedule.startsAt && startsAt <= now) return refuse({ reason: 'StartsInPast' });
  const { endsAt: _before, ...kept } = schedule;
  const invalid = contradictionIn(withRules({ ...kept, startsAt, ...(endsAt === undefined ? {} : { endsAt }) }, rules));
  if (invalid !== null) return refuse(invalid);
  if (capacity < ledger.seatsTaken) return refuse({ reason: 'CapacityBelowTaken', taken: ledger.seatsTaken });
  return accept(...facts);
}

export function cancelEvent(command: CancelEvent, ledger: Ledger, schedule: Schedule, now: Instant): Answer {
  if (!isUnchanged(command.ifMatch, ledger.settingsRevision, ledger)) return refuse({ reason: 'PreconditionFailed' });
  if (ledger.cancelled !== null) return accept();
  if (hasStarted(schedule, now)) return refuse({ reason: 'EventStarted' });
  const data = command.reason === undefined ? {} : { reason: command.reason };
  return accept({ type: 'EventCancelled', data });
}

/** Null clears a rule; one that always has a value goes back to its default, or folding would leave it without any. */
function changedRules(schedule: Schedule, asked: RulesChange, capacity: number): RulesChange {
  const defaults: RulesChange = defaultRules(capacity);
  const entries = (Object.entries(asked) as [keyof Rules, number | null | undefined][])
    .filter(([, value]) => value !== undefined)
    .map(([rule, value]) => [rule, value ?? defaults[rule] ?? null] as const);
  return Object.fromEntries(entries.filter(([rule, value]) => value !== (schedule[rule] ?? null)));
}

/** Settings that cannot be true together, named by the field that a caller would mend. */
function contradictionIn(schedule: Schedule): Refusal | null {
  const { startsAt, endsAt, salesOpenAt } = schedule;
  if (endsAt !== undefined && endsAt <= startsAt)
    return { reason: 'InvalidSettings', pointer: '/endsAt', expected: 'an instant after startsAt' };
  if (salesOpenAt !== undefined && salesOpenAt >= salesCloseAt(schedule))
    return {
      reason: 'InvalidSettings',
      pointer: '/salesOpenAt',
      expected: 'an instant before salesCloseAt and startsAt',
    };
  return null;
}
