import type { BookingEvent } from '../../domain/booking/events.js';
import { Field, POSITION, RULES, type Rule } from './fields.js';

/** Every type of domain event; the compiler holds it against the union. */
const EVENT_TYPES = Object.keys({
  ...{
    EventScheduled: 1,
    EventRenamed: 1,
    EventRescheduled: 1,
    CapacityChanged: 1,
    EventRulesChanged: 1,
    EventCancelled: 1,
  },
  ...{ BookingWaitlisted: 1, BookingHeld: 1, HoldExtended: 1, HoldExpired: 1, BookingConfirmed: 1 },
  ...{ BookingSeatsChanged: 1, BookingReferenceChanged: 1, BookingCancelled: 1 },
} satisfies Record<BookingEvent['type'], 1>);

const URL_TEXT = /^https?:\/\/[\x21-\x7e]{1,2040}$/i;

const URL_RULE: Rule = {
  expected:
    'https://… of at most 2048 visible ASCII characters, without a user name or a fragment, on port 443 or from 1024 on',
  schema: { type: 'string', format: 'uri', maxLength: 2_048, examples: ['https://shop.example/holdfast'] },
  test: (value) => typeof value === 'string' && URL_TEXT.test(value),
};

const TYPES_RULE: Rule = {
  expected: `a list of one or more, each once, of ${EVENT_TYPES.join(', ')}`,
  schema: {
    ...{ type: 'array', items: { type: 'string', enum: EVENT_TYPES }, minItems: 1, uniqueItems: true },
    examples: [['BookingConfirmed', 'BookingCancelled']],
  },
  test: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((each) => typeof each === 'string' && EVENT_TYPES.includes(each)),
};

const POSITION_RULE: Rule = {
  expected: 'a position as Holdfast-Position or a delivery gave it',
  schema: { type: 'string', pattern: POSITION.source, examples: ['0f92efe2-00000000000000000002'] },
  test: (value) => typeof value === 'string' && POSITION.test(value),
};

const STATUSES = ['pending', 'delivered', 'given-up'];
const STATUS_RULE: Rule = {
  expected: STATUSES.join(' or '),
  schema: { type: 'string', enum: STATUSES, description: STATUSES.join(' or ') },
  test: (value) => typeof value === 'string' && STATUSES.includes(value),
};

const typesAbout = { description: 'The types of domain event to be told of; every one when absent or null' };
const lineAbout = { description: `For people: ${RULES.title.expected}`, example: 'The shop' };

/** `POST /v1/webhooks` */
export class CreateWebhookFields {
  @Field(URL_RULE, 'required') url!: string;
  @Field(TYPES_RULE, 'nullable', typesAbout) types?: string[] | null;
  @Field(RULES.eventId, 'nullable', { description: `Only this event: ${RULES.eventId.expected}` }) eventId?:
    string | null;
  @Field(RULES.title, 'nullable', lineAbout) description?: string | null;
}

/** `PATCH /v1/webhooks/:webhookId` */
export class ChangeWebhookFields {
  @Field(URL_RULE, 'optional') url?: string;
  @Field(TYPES_RULE, 'nullable', typesAbout) types?: string[] | null;
  @Field(RULES.title, 'nullable', lineAbout) description?: string | null;
  @Field(RULES.boolean, 'optional', { description: 'Whether it is told anything; true goes on where it stood' })
  enabled?: boolean;
}

/** `POST /v1/webhooks/:webhookId/replay` */
export class ReplayWebhookFields {
  @Field(POSITION_RULE, 'required', { description: 'From here on, itself included: a position' }) from!: string;
}

/** `GET /v1/webhooks` */
export class ListWebhooksFields {
  @Field(RULES.pageSize, 'optional', { description: `Items on a page: ${RULES.pageSize.expected}; 50 unless said` })
  limit?: string;
  @Field(RULES.cursor, 'optional') cursor?: string;
}

/** `GET /v1/webhooks/:webhookId/deliveries` */
export class ListDeliveriesFields {
  @Field(STATUS_RULE, 'optional', { description: 'Only those that stand so' }) status?:
    'pending' | 'delivered' | 'given-up';
  @Field(RULES.pageSize, 'optional', { description: `Items on a page: ${RULES.pageSize.expected}; 50 unless said` })
  limit?: string;
  @Field(RULES.cursor, 'optional') cursor?: string;
}
