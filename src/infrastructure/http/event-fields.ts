import { LIMITS } from '../../domain/booking/policy.js';
import { Field, RULES, whole } from './fields.js';

const CAPACITY = whole(LIMITS.capacity);
const HOLD_SECONDS = whole(LIMITS.holdSeconds);
const OFFER_SECONDS = whole(LIMITS.offerSeconds);
const MAX_SEATS = whole(LIMITS.seatsPerBooking);
const WAITLIST = whole(LIMITS.waitlist);

const holdAbout = {
  description: `How long a hold keeps its places: ${HOLD_SECONDS.expected}; ${LIMITS.holdSeconds.default} unless said`,
};
const offerAbout = {
  description: `How long an offer from the waitlist stands: ${OFFER_SECONDS.expected}; ${LIMITS.offerSeconds.default} unless said`,
};
const salesOpenAbout = { description: 'Nothing is sold before; at once unless said' };
const salesCloseAbout = { description: 'Nothing is sold, promoted or held from then on; startsAt unless said' };
const cancelUntilAbout = { description: 'Users may cancel before; startsAt unless said' };
const maxSeatsAbout = {
  description: `Seats in one booking: ${MAX_SEATS.expected}; ${LIMITS.seatsPerBooking.default} unless said`,
};
const waitlistAbout = {
  description: `Turns in the line: ${WAITLIST.expected}; as many as there are places unless said`,
};

/** `POST /v1/events` */
export class ScheduleEventFields {
  @Field(RULES.title, 'required') title!: string;
  @Field(RULES.instant, 'required') startsAt!: string;
  @Field(RULES.instant, 'optional', { example: '2027-03-01T20:00:00Z' }) endsAt?: string;
  @Field(CAPACITY, 'optional', { description: `Places: ${CAPACITY.expected}; 1 unless said` }) capacity?: number;
  @Field(RULES.timeZone, 'optional', { description: 'Where it takes place (IANA); UTC unless said' }) timeZone?: string;
  @Field(RULES.code, 'optional', { description: `The room, table or person booked: ${RULES.code.expected}` })
  resource?: string;
  @Field(RULES.eventId, 'optional', { description: `An id of your own: ${RULES.eventId.expected}` }) eventId?: string;
  @Field(HOLD_SECONDS, 'optional', holdAbout) holdSeconds?: number;
  @Field(OFFER_SECONDS, 'optional', offerAbout) offerSeconds?: number;
  @Field(RULES.instant, 'optional', { ...salesOpenAbout, example: '2027-01-01T09:00:00Z' }) salesOpenAt?: string;
  @Field(RULES.instant, 'optional', salesCloseAbout) salesCloseAt?: string;
  @Field(RULES.instant, 'optional', cancelUntilAbout) cancelUntil?: string;
  @Field(MAX_SEATS, 'optional', maxSeatsAbout) maxSeatsPerBooking?: number;
  @Field(WAITLIST, 'optional', { ...waitlistAbout, example: 100 }) waitlistLimit?: number;
}

/** `PATCH /v1/events/:eventId`. Null clears; a setting that always has a value goes back to its default. */
export class ChangeEventFields {
  @Field(RULES.title, 'optional') title?: string;
  @Field(RULES.instant, 'optional') startsAt?: string;
  @Field(RULES.instant, 'nullable', { example: '2027-03-01T20:00:00Z' }) endsAt?: string | null;
  @Field(CAPACITY, 'optional', { example: 120 }) capacity?: number;
  @Field(HOLD_SECONDS, 'nullable', holdAbout) holdSeconds?: number | null;
  @Field(OFFER_SECONDS, 'nullable', offerAbout) offerSeconds?: number | null;
  @Field(RULES.instant, 'nullable', { ...salesOpenAbout, example: '2027-01-01T09:00:00Z' }) salesOpenAt?: string | null;
  @Field(RULES.instant, 'nullable', salesCloseAbout) salesCloseAt?: string | null;
  @Field(RULES.instant, 'nullable', cancelUntilAbout) cancelUntil?: string | null;
  @Field(MAX_SEATS, 'nullable', maxSeatsAbout) maxSeatsPerBooking?: number | null;
  @Field(WAITLIST, 'nullable', waitlistAbout) waitlistLimit?: number | null;
}

/** `POST …/cancel` of an event or a booking. */
export class CancelFields {
  @Field(RULES.code, 'optional', { description: `Why, as a code: ${RULES.code.expected}`, example: 'weather' })
  reason?: string;
}

/** `GET /v1/events` */
export class ListEventsFields {
  @Field(RULES.instant, 'optional', { description: 'Starts at or after; now unless said' }) from?: string;
  @Field(RULES.instant, 'optional', { description: 'Starts before' }) to?: string;
  @Field(RULES.code, 'optional') resource?: string;
  @Field(RULES.booleanText, 'optional', { description: 'With a free place (true) or without (false)' })
  available?: string;
  @Field(RULES.eventStatus, 'optional', { description: 'scheduled unless said' }) status?: 'scheduled' | 'cancelled';
  @Field(RULES.pageSize, 'optional', {
    description: `Items on a page: ${RULES.pageSize.expected}; unless said 50 as JSON, all as NDJSON or CSV`,
  })
  limit?: string;
  @Field(RULES.cursor, 'optional') cursor?: string;
}

/** `GET /v1/events/:eventId/availability` */
export class AvailabilityFields {
  @Field(RULES.asOf, 'optional', { description: `As it was then: ${RULES.asOf.expected}. Needs audit:read` })
  asOf?: string;
}

/** `GET /v1/events/:eventId/history` */
export class HistoryFields {
  @Field(RULES.bookingId, 'optional', { description: 'Only what happened to this booking' }) bookingId?: string;
  @Field(RULES.userId, 'optional', { description: 'Only what happened to bookings of this user' }) userId?: string;
  @Field(RULES.pageSize, 'optional', {
    description: `Facts on a page: ${RULES.pageSize.expected}; unless said 50 as JSON, all as NDJSON or CSV`,
  })
  limit?: string;
  @Field(RULES.format, 'optional', { description: 'Instead of the header Accept, for who cannot send one' })
  format?: string;
  @Field(RULES.cursor, 'optional') cursor?: string;
}

/** `GET /v1/events/:eventId/refusals` */
export class RefusalFields {
  @Field(RULES.userId, 'optional', { description: 'Only refusals that concern this user' }) userId?: string;
  @Field(RULES.refusalCode, 'optional', { description: 'Only refusals with this code' }) code?: string;
  @Field(RULES.pageSize, 'optional', {
    description: `Refusals on a page: ${RULES.pageSize.expected}; unless said 50 as JSON, all as NDJSON or CSV`,
  })
  limit?: string;
  @Field(RULES.format, 'optional', { description: 'Instead of the header Accept, for who cannot send one' })
  format?: string;
  @Field(RULES.cursor, 'optional') cursor?: string;
}
