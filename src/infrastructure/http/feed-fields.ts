import type { BookingEvent } from '../../domain/booking/events.js';
import { Field, POSITION, RULES, type Rule } from './fields.js';

const TYPES: Readonly<Record<BookingEvent['type'], true>> = {
  ...{ EventScheduled: true, EventRenamed: true, EventRescheduled: true, CapacityChanged: true },
  ...{ EventRulesChanged: true, EventCancelled: true },
  ...{ BookingWaitlisted: true, BookingHeld: true, HoldExtended: true, HoldExpired: true, BookingConfirmed: true },
  ...{ BookingSeatsChanged: true, BookingReferenceChanged: true, BookingCancelled: true },
};

const FACT_TYPES: Rule = {
  expected: `one or more of these, separated by commas: ${Object.keys(TYPES).join(', ')}`,
  schema: { type: 'string', examples: ['BookingConfirmed,BookingCancelled'] },
  test: (value) => typeof value === 'string' && value.split(',').every((type) => Object.hasOwn(TYPES, type)),
};

const AFTER: Rule = {
  expected: 'a position as the feed or Holdfast-Position gave it',
  schema: { type: 'string', pattern: POSITION.source, examples: ['0f92efe2-00000000000000000002'] },
  test: (value) => typeof value === 'string' && POSITION.test(value),
};

const CORRELATION: Rule = {
  expected: 'a correlation id: 1 to 64 of A-Z a-z 0-9 . _ : -',
  schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$', examples: ['req-1'] },
  test: (value) => typeof value === 'string' && /^[A-Za-z0-9._:-]{1,64}$/.test(value),
};

/** `GET /v1/feed` */
export class FeedFields {
  @Field(RULES.eventId, 'optional', { description: 'Only what happened at this event' }) eventId?: string;
  @Field(FACT_TYPES, 'optional', { description: `Only domain events of these types: ${FACT_TYPES.expected}` })
  type?: string;
  @Field(CORRELATION, 'optional', { description: 'Only what this request has led to, as far as you are told of it' })
  correlationId?: string;
  @Field(AFTER, 'optional', { description: 'As Last-Event-ID, for whoever cannot set a header; the header goes first' })
  after?: string;
}
