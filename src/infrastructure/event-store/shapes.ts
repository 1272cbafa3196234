import type { BookingData, BookingEvent, BookingStatus, Rules } from '../../domain/booking/events.js';
import type { Metadata } from '../../application/ports.js';

/**
 * What stands in the log, field by field: the one description that both writing and reading obey, so that nothing can be
 * written that cannot be read again. The compiler holds it against the domain's types.
 */
export type Kind = 'text' | 'count' | 'flag' | 'instant' | 'status';

/** What a field of kind `status` may say. */
export const STATUSES: readonly BookingStatus[] = ['waitlisted', 'held', 'confirmed', 'cancelled', 'expired'];

export interface Field {
  readonly name: string;
  /** Its name as it stands before its value in JSON. */
  readonly prefix: string;
  readonly kind: Kind;
  readonly optional: boolean;
  readonly clearable: boolean;
}

/** The fields of an object in the order of RFC 8785: by name, as UTF-16. */
export type Shape = readonly Field[];

type Spec<V> = undefined extends V ? (null extends V ? `${Kind}, absent or null` : `${Kind}, or absent`) : Kind;
type SpecsOf<T> = { readonly [Name in keyof T]-?: Spec<T[Name]> };

const booking: SpecsOf<BookingData> = {
  bookingId: 'text',
  userId: 'text',
  seats: 'count',
  status: 'status',
  reference: 'text, or absent',
  offer: 'flag',
  expiresAt: 'instant, or absent',
  createdAt: 'instant',
};

const rules: SpecsOf<Rules> = {
  holdSeconds: 'count',
  offerSeconds: 'count',
  salesOpenAt: 'instant, or absent',
  salesCloseAt: 'instant, or absent',
  cancelUntil: 'instant, or absent',
  maxSeatsPerBooking: 'count',
  waitlistLimit: 'count',
};

const specs: { readonly [E in BookingEvent as E['type']]: SpecsOf<E['data']> } = {
  EventScheduled: {
    title: 'text',
    startsAt: 'instant',
    endsAt: 'instant, or absent',
    timeZone: 'text',
    capacity: 'count',
    resource: 'text, or absent',
    ...rules,
  },
  EventRenamed: { title: 'text' },
  EventRescheduled: { startsAt: 'instant', endsAt: 'instant, or absent' },
  CapacityChanged: { capacity: 'count' },
  EventRulesChanged: {
    holdSeconds: 'count, absent or null',
    offerSeconds: 'count, absent or null',
    salesOpenAt: 'instant, absent or null',
    salesCloseAt: 'instant, absent or null',
    cancelUntil: 'instant, absent or null',
    maxSeatsPerBooking: 'count, absent or null',
    waitlistLimit: 'count, absent or null',
  },
  EventCancelled: { reason: 'text, or absent' },
  BookingWaitlisted: booking,
  BookingHeld: { ...booking, ceilingAt: 'instant, or absent' },
  HoldExtended: { ...booking, ceilingAt: 'instant, or absent' },
  HoldExpired: booking,
  BookingConfirmed: booking,
  BookingSeatsChanged: booking,
  BookingReferenceChanged: booking,
  BookingCancelled: { ...booking, reason: 'text, or absent' },
};

const metadata: SpecsOf<Metadata> = {
  schemaVersion: 'count',
  commandId: 'text',
  requestHash: 'text',
  actor: 'text',
  correlationId: 'text',
  causationId: 'text',
  occurredAt: 'instant',
  prevHash: 'text',
  hash: 'text',
  traceparent: 'text, or absent',
};

const shapeOf = (fields: Readonly<Record<string, string>>): Shape =>
  Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => ({
      name,
      prefix: `${JSON.stringify(name)}:`,
      kind: spec.split(',')[0] as Kind,
      optional: spec.includes('absent'),
      clearable: spec.includes('null'),
    }));

/** By stored name. A Map, so that a record of type `constructor` finds nothing. */
export const DATA_SHAPES: ReadonlyMap<string, Shape> = new Map(
  Object.entries(specs).map(([type, fields]) => [type, shapeOf(fields)]),
);

export const METADATA_SHAPE: Shape = shapeOf(metadata);
