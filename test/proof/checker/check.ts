import type { StoredRecord } from '../../../src/infrastructure/event-store/codec.js';
import type { Entry } from '../history.js';
import { Answers } from './answers.js';
import { callsIn, isRead } from './calls.js';
import { LogCounts, countsOf, type Counts } from './counts.js';
import { Effects } from './effects.js';
import { Ledger, type Fact } from './ledger.js';
import { factsIn, isKnown } from './log.js';
import { Order, WallTime } from './order.js';
import { Reads } from './reads.js';
import { Violations, type Invariant, type Violation } from './violations.js';

export interface CheckSettings {
  /** Of the streams in the log; `booking-` unless the service was told otherwise. */
  readonly streamPrefix?: string;
  /** The position before the first record, where only the later part of a log is looked at. */
  readonly from?: number;
  /** Whether positions have no gaps: in Postgres they have none. */
  readonly gapless?: boolean;
  /** How far the clock of a process that decides may be from the machine's, in milliseconds; Infinity: any. */
  readonly skewMs?: number;
  /** Types of records that the run itself has put into the log. */
  readonly foreignTypes?: readonly string[];
}

export interface Report {
  /** The first of them; how many there are of each is in `byInvariant`. */
  readonly violations: readonly Violation[];
  readonly byInvariant: Readonly<Partial<Record<Invariant, number>>>;
  readonly counts: Counts;
}

const SKEW_MS = 6_000;

/**
 * Whether what the clients were told and what stands in the log can both be true of a service that keeps its promises:
 * invariants I1-I5, I7, I8 and I11. `entries`: all histories of the run, in any order. `records`: the whole log in the
 * order of its positions, as stored text. Takes time and memory in proportion to both.
 */
export function check(
  entries: readonly Entry[],
  records: Iterable<StoredRecord>,
  { streamPrefix = 'booking-', from = 0, gapless = true, skewMs = SKEW_MS, foreignTypes = [] }: CheckSettings = {},
): Report {
  const violations = new Violations();
  const ledgers = new Map<string, Ledger>();
  const ledgerOf = (eventId: string): Ledger => {
    const ledger = ledgers.get(eventId) ?? new Ledger(eventId);
    ledgers.set(eventId, ledger);
    return ledger;
  };
  const calls = callsIn(entries, streamPrefix);
  const facts: Fact[] = [...factsIn(records, { streamPrefix, from, gapless }, violations)];
  const order = new Order(facts, from);
  const wall = new WallTime(
    entries.filter((entry) => entry.kind === 'clock'),
    skewMs,
  );

  const effects = new Effects(calls, violations);
  const log = new LogCounts();
  for (const fact of facts) {
    const ledger = ledgerOf(fact.eventId);
    log.add(fact, ledger);
    if (!isKnown(fact)) {
      if (!foreignTypes.includes(fact.type)) violations.add('I4', fact.eventId, `nobody writes a ${fact.type}`);
      ledger.skip(fact);
      continue;
    }
    effects.judge(fact, ledger, order);
    ledger.fold(fact);
    effects.expectBooks(fact, ledger);
  }

  const answers = new Answers(order, wall, ledgerOf, violations);
  for (const call of calls.all) answers.hear(call);
  order.close(violations);
  expectClocks(facts, order, wall, ledgerOf, violations);
  answers.explainAll();

  const reads = new Reads(ledgers, ledgerOf, violations);
  for (const call of calls.all.filter(isRead).sort((a, b) => a.to - b.to)) reads.check(call);
  return {
    violations: violations.kept,
    byInvariant: violations.counts,
    counts: countsOf(calls.all, entries, log, [...ledgers.values()]),
  };
}

/** No process may have taken for now what the machine's clock, and the skew that is allowed, did not show by then. */
function expectClocks(
  facts: readonly Fact[],
  order: Order,
  wall: WallTime,
  ledgerOf: (eventId: string) => Ledger,
  violations: Violations,
): void {
  for (const fact of facts) {
    const { eventId, at, occurredAt, type, revision } = fact;
    const isOwn = occurredAt > ledgerOf(eventId).prefix(at).occurredAt;
    if (isOwn && occurredAt > wall.during(order.committed(fact)).to)
      violations.add('I4', eventId, `${type}@${revision} is dated after the moment at which it was known`);
  }
}
