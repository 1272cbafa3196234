import type { StoredRecord } from '../../../src/infrastructure/event-store/codec.js';
import type { Data, Fact } from './ledger.js';
import { canonical, digestOf, recordIdOf } from './names.js';
import type { Violations } from './violations.js';

export interface LogSettings {
  readonly streamPrefix: string;
  /** The position before the first record: 0, unless only the later part of a log is looked at. */
  readonly from: number;
  /** Whether positions have no gaps, as in Postgres. */
  readonly gapless: boolean;
}

interface Metadata {
  readonly commandId: string;
  readonly causationId: string;
  readonly actor: string;
  readonly occurredAt: string;
  readonly prevHash: string;
  readonly hash: string;
}

interface Head {
  readonly at: number;
  readonly revision: number;
  readonly hash: string;
  readonly occurredAt: string;
}

const TYPES: ReadonlySet<string> = new Set([
  ...['EventScheduled', 'EventRenamed', 'EventRescheduled', 'CapacityChanged', 'EventRulesChanged', 'EventCancelled'],
  ...['BookingWaitlisted', 'BookingHeld', 'HoldExtended', 'HoldExpired', 'BookingConfirmed'],
  ...['BookingSeatsChanged', 'BookingReferenceChanged', 'BookingCancelled'],
]);

/** Records of other types have their place in the log, and mean nothing. */
export const isKnown = ({ type }: Fact): boolean => TYPES.has(type);

/**
 * Reads the log as it is stored, and I5 of it: positions rise, revisions have no gaps, every record is chained to the one
 * before and is what its hash and its id say.
 */
export function* factsIn(
  records: Iterable<StoredRecord>,
  { streamPrefix, from, gapless }: LogSettings,
  violations: Violations,
): Generator<Fact> {
  const heads = new Map<string, Head>();
  let last = from;
  let index = 0;
  for (const record of records) {
    const { stream, revision, type } = record;
    const eventId = stream.startsWith(streamPrefix) ? stream.slice(streamPrefix.length) : stream;
    const wrong = (what: string): void => violations.add('I5', eventId, `${type}@${revision} ${what}`);
    const position = Number(record.position);
    if (gapless ? position !== last + 1 : position <= last)
      wrong(`has position ${position}, the one before is ${last}`);
    last = position;
    const data = JSON.parse(record.data) as Data;
    const metadata = JSON.parse(record.metadata) as Partial<Metadata>;
    const { commandId = '', causationId = '', actor = '', occurredAt = '' } = metadata;
    const head = heads.get(stream) ?? { at: -1, revision: -1, hash: '', occurredAt: '' };
    for (const what of linkFaults(record, data, metadata, head)) wrong(what);
    const at = head.at + 1;
    heads.set(stream, { at, revision, hash: metadata.hash ?? '', occurredAt });
    const told = { type, data, commandId, causationId, actor, occurredAt: Date.parse(occurredAt) };
    yield { index, position, eventId, at, revision, ...told };
    index += 1;
  }
}

function* linkFaults(record: StoredRecord, data: Data, metadata: Partial<Metadata>, head: Head): Generator<string> {
  const { stream, revision, type, id } = record;
  if (revision !== head.revision + 1) yield `follows revision ${head.revision}`;
  // What somebody else has put there has a place, and no more.
  if (!TYPES.has(type)) return;
  const { hash, ...rest } = metadata;
  if (rest.prevHash !== head.hash) yield 'is not chained to the record before';
  const digest = digestOf(canonical({ stream, revision, type, data, metadata: rest }));
  if (digest !== hash) yield 'has the hash of other bytes';
  if (id !== recordIdOf(hash ?? '')) yield 'has an id that is not made of its hash';
  if ((rest.occurredAt ?? '') < head.occurredAt) yield 'happened before the record before';
}
