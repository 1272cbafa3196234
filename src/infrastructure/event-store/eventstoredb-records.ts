import type { JSONEventData, Position as StorePosition, ResolvedEvent } from '@eventstore/db-client';
import { StoreUnavailable } from '../../application/errors.js';
import type { Position, RecordedEvent, Sealed, UnreadableRecord } from '../../application/ports.js';
import type { Codec, StoredRecord } from './codec.js';

/** The client writes this JSON as it would have been parsed from our text: RFC 8785 both times. */
export const eventOf = ({ id, type, data, metadata }: Sealed): JSONEventData => ({
  ...{ id, type, contentType: 'application/json' },
  data: JSON.parse(data) as Record<string, unknown>,
  metadata: new Uint8Array(Buffer.from(metadata)) as never,
});

export const recordOf = (codec: Codec, event: ResolvedEvent): RecordedEvent | UnreadableRecord =>
  codec.decode(storedOf(event));

export function storedOf({ event, commitPosition }: ResolvedEvent): StoredRecord {
  if (event === undefined) throw new StoreUnavailable('EventStoreDB: a record without an event');
  const { streamId: stream, id, type } = event;
  const position = commitPosition ?? event.position?.commit;
  if (position === undefined) throw new StoreUnavailable('EventStoreDB: records without positions; 22.10 is needed');
  const [data, metadata] = [textOf(event.data), textOf(event.metadata)];
  // Where somebody has buried a stream, a record of the greatest revision says so: no number, and nothing that tables keep.
  const revision = Math.min(Number(event.revision), Number.MAX_SAFE_INTEGER);
  return { stream, revision, position, id, type, data, metadata };
}

/** What is JSON was parsed by the client; anything else was put there by others. */
function textOf(part: unknown): string {
  if (part instanceof Uint8Array) return Buffer.from(part).toString('utf8');
  return typeof part === 'string' ? part : (JSON.stringify(part) ?? '');
}

/** The two halves are equal in whatever was written through this protocol; of others' records no matter. */
export const at = (position: Position): StorePosition => ({ commit: position, prepare: position });

export const positionOf = ({ event, commitPosition }: ResolvedEvent): Position =>
  commitPosition ?? event?.position?.commit ?? 0n;
