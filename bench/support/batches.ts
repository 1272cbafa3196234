import type { Provenance, Sealed, StreamHead } from '../../src/application/ports.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';

/** How records come to a log: so many at once to each of so many streams, so many times. */
export interface Grouping {
  readonly streams: number;
  readonly group: number;
  readonly appends: number;
}

/** One append. */
export interface Batch {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly sealed: readonly Sealed[];
}

export const recordsIn = ({ streams, group, appends }: Grouping): number => streams * group * appends;

const sealer = new ChainSealer(new Codec(UPCASTERS));

/** Bookings for streams that do not exist yet, made beforehand: by stream, in the order in which they are to be written. */
export function makeBatches({ streams, group, appends }: Grouping): Batch[][] {
  return Array.from({ length: streams }, () => {
    let head: StreamHead = { stream: `booking-bench-${crypto.randomUUID()}`, revision: -1, hash: '' };
    return Array.from({ length: appends }, () => {
      const { stream, revision: expectedRevision } = head;
      const sealed = sealer.seal(head, Array.from({ length: group }, booking), provenance());
      head = sealed.at(-1)!;
      return { stream, expectedRevision, sealed };
    });
  });
}

function booking(): BookingEvent {
  const [userId, bookingId] = [crypto.randomUUID(), crypto.randomUUID()];
  const data = { bookingId, userId, seats: 1, status: 'confirmed', offer: false, createdAt: Date.now() } as const;
  return { type: 'BookingConfirmed', data };
}

function provenance(): Provenance {
  const commandId = crypto.randomUUID();
  const asked = { requestHash: '0'.repeat(64), actor: 'bench', correlationId: commandId, causationId: commandId };
  return { commandId, ...asked, occurredAt: Date.now() };
}
