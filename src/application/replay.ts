import type { Desk } from './desk.js';
import type { Envelope } from './envelope.js';
import { StoreUnavailable } from './errors.js';
import type { EventStore, Position, Time } from './ports.js';
import type { Answer, Placed } from './receipts.js';

/** A change of an event can write its four kinds of settings facts at once; nothing writes more. */
const MAX_FACTS_PER_COMMAND = 4;

/**
 * The answer that the recorded facts of a command give, from `revision` on, or KeyReused when something else was asked.
 * The log is the only memory of what was answered.
 */
export async function readReplay(
  { store, time }: { readonly store: EventStore; readonly time: Time },
  stream: string,
  desk: Desk,
  envelope: Envelope,
  revision: number,
): Promise<Answer<unknown>> {
  const facts: Placed[] = [];
  let position: Position = 0n;
  for await (const page of store.read(stream, revision, MAX_FACTS_PER_COMMAND, envelope.traceparent))
    for (const { event, metadata, ...record } of page) {
      if (metadata.commandId !== envelope.commandId) continue;
      if (metadata.requestHash !== envelope.requestHash)
        return { accepted: false, refusal: { reason: 'KeyReused' }, revision, takenAt: null, decidedAt: time.now() };
      facts.push({ event, revision: record.revision, occurredAt: metadata.occurredAt });
      position = record.position;
    }
  if (facts.length === 0) throw new StoreUnavailable(`revision ${revision} of ${stream} could not be read back`);
  return { accepted: true, receipt: desk.receiptOf(facts), position, replayed: true };
}
