import type { Ids, Provenance } from './ports.js';

/** Names a stream per event: the consistency boundary. */
export class StreamNames {
  /** `prefix` is the setting STREAM_PREFIX, `booking-` by default. */
  constructor(readonly prefix: string) {}

  of(eventId: string): string {
    return this.prefix + eventId;
  }

  eventIdOf(stream: string): string {
    return stream.slice(this.prefix.length);
  }
}

/** Who asks, and what makes two requests the same one. */
export interface Asked {
  /** The authenticated user id, after hmac. */
  readonly caller: string;
  /** The Idempotency-Key; never stored, never logged. */
  readonly key: string | null;
  /** See `Ids.requestHash`. */
  readonly requestHash: string;
  readonly correlationId: string;
  readonly traceparent?: string;
}

/** What a command carries into the log beside its facts; the time comes from the deciding process. */
export type Envelope = Omit<Provenance, 'occurredAt'>;

/** The envelope of a request on one event. The commandId is made from the key, so that a repeat is recognised for ever. */
export function envelopeOf(ids: Ids, stream: string, asked: Asked): Envelope {
  const { caller, key, requestHash, correlationId, traceparent } = asked;
  const commandId = key === null ? ids.next() : ids.fromKey(caller, stream, key);
  const trace = traceparent === undefined ? {} : { traceparent };
  return { commandId, requestHash, actor: caller, correlationId, causationId: correlationId, ...trace };
}

/** Tokens by which Nest finds the one adapter of each port. */
export const PORTS = {
  eventStore: Symbol('EventStore'),
  eventFeed: Symbol('EventFeed'),
  sealer: Symbol('Sealer'),
  ids: Symbol('Ids'),
  views: Symbol('BookingViews'),
  profiles: Symbol('Profiles'),
  refusals: Symbol('RefusalViews'),
  webhooks: Symbol('Webhooks'),
  projections: Symbol('Projections'),
  time: Symbol('Time'),
  random: Symbol('Random'),
} as const;
