import type { BookingStatus } from '../../domain/booking/events.js';
import { LIMITS } from '../../domain/booking/policy.js';
import { Field, RULES, whole } from './fields.js';

const SEATS = whole({ min: 1, max: LIMITS.seatsPerBooking.max, default: 1 });
const EXTEND_SECONDS = whole(LIMITS.extendSeconds);
const HOLD_SECONDS = whole(LIMITS.holdSeconds);

/** `POST /v1/events/:eventId/bookings`: all may be absent, for one seat at once for the caller. */
export interface BookFields {
  readonly seats?: number;
  readonly hold?: boolean;
  readonly holdSeconds?: number;
  readonly waitlist?: boolean;
  readonly reference?: string;
  readonly userId?: string;
}

/** The hot route: compiled once, and checked in a microsecond. The words are those of the other routes' rules. */
export const BOOK_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    seats: SEATS.schema,
    hold: RULES.boolean.schema,
    holdSeconds: HOLD_SECONDS.schema,
    waitlist: RULES.boolean.schema,
    reference: RULES.code.schema,
    userId: RULES.userId.schema,
  },
} as const;

/** `PATCH …/bookings/:bookingId` */
export class ChangeBookingFields {
  @Field(SEATS, 'optional') seats?: number;
  @Field(RULES.code, 'nullable', { example: 'PO-4711' }) reference?: string | null;
}

/** `POST …/extend` */
export class ExtendHoldFields {
  @Field(EXTEND_SECONDS, 'required', { description: `From now: ${EXTEND_SECONDS.expected}`, example: 600 })
  seconds!: number;
}

/** `GET /v1/bookings` */
export class ListBookingsFields {
  @Field(RULES.userId, 'optional', { description: 'Whose; your own unless you are the box office' }) userId?: string;
  @Field(RULES.eventId, 'optional') eventId?: string;
  @Field(RULES.bookingStatus, 'optional') status?: BookingStatus;
  @Field(RULES.code, 'optional') reference?: string;
  @Field(RULES.pageSize, 'optional', {
    description: `Items on a page: ${RULES.pageSize.expected}; unless said 50 as JSON, all as NDJSON or CSV`,
  })
  limit?: string;
  @Field(RULES.cursor, 'optional') cursor?: string;
}
