import type { RecordedEvent } from '../../../../application/ports.js';
import type { PlacesThen } from '../../../../application/queries/course.js';
import type { LedgerAt } from '../../../../application/queries/get-ledger-at.js';
import type { Step } from '../../../../application/queries/replay.js';
import { wireOf } from '../../answers.js';
import { factOf } from '../../history.js';
import { said } from '../shared/said.js';

/** One line of what a fact changed; null: it was not there. */
interface Change {
  readonly name: string;
  readonly was: string | null;
  readonly is: string | null;
}

/** Counted by every fact, and asked for by nobody. */
const UNTOLD: ReadonlySet<string> = new Set(['revision', 'updatedAt', 'ordinal', 'changes', 'extensions']);

/** What a template shows of an event after one of its facts. */
export function momentOf(found: LedgerAt, timeZone: string) {
  const { step, causedBy, recent, bookings, bookingCount, line, isCancelled, chain, logId } = found;
  const { record, after } = step;
  const { revision, metadata } = record;
  const { prevHash, hash } = metadata;
  const fact = factOf(record, record.stream, logId);
  const { capacity, taken: seatsTaken, held: seatsHeld, waiting, free, isBooked } = after;
  return {
    ...{ revision, timeZone, isCancelled, causedBy, chain, fact, prevHash, hash },
    places: { capacity, seatsTaken, seatsHeld, waiting, free, isBooked },
    said: said(record.event.type),
    occurredAt: metadata.occurredAt,
    changes: changesOf(step),
    recent: recent.map(lineOf).reverse(),
    ...{ bookings, bookingCount, line },
  };
}

const lineOf = ({ revision, event, metadata }: RecordedEvent) => ({
  ...{ revision, said: said(event.type), occurredAt: metadata.occurredAt, actor: metadata.actor },
  userId: 'userId' in event.data ? event.data.userId : null,
  seats: 'seats' in event.data ? event.data.seats : null,
});

/** Every field that is not as it was: of the booking, or of the event, and of the places. */
function changesOf({ booking, schedule, before, after }: Step): Change[] {
  const states = booking ?? schedule;
  const was: Readonly<Record<string, unknown>> = { ...wireOf(states.was ?? {}), ...before };
  const is: Readonly<Record<string, unknown>> = { ...wireOf(states.is ?? {}), ...after };
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  const changes = [...names].filter((name) => !UNTOLD.has(name)).map((name) => change(name, was[name], is[name]));
  return changes.filter((each) => each.was !== each.is);
}

const change = (name: string, was: unknown, is: unknown): Change => ({ name, was: shown(was), is: shown(is) });

const shown = (value: unknown): string | null => (value === undefined || value === null ? null : String(value));

/** The course in columns, for a line chart. */
export const courseOf = (course: readonly PlacesThen[]) => ({
  revision: course.map(({ revision }) => revision),
  at: course.map(({ occurredAt }) => occurredAt),
  capacity: course.map(({ capacity }) => capacity),
  confirmed: course.map(({ taken, held }) => taken - held),
  taken: course.map(({ taken }) => taken),
  waiting: course.map(({ waiting }) => waiting),
});
