import { CONTENTION_SCHEMAS } from './contention-schemas.js';
import { PROBLEM_KINDS } from './problems.js';
import { count, flag, instant, object, orNull, text, type Schema } from './schema-words.js';

/** The shapes of answers, for the API's description. */
const STARTS = instant('2027-03-01T18:00:00.000Z');
const BOOKING_ID = text('4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11');

const RULES = {
  holdSeconds: count(600),
  offerSeconds: count(14_400),
  salesOpenAt: orNull(instant('2027-01-01T09:00:00.000Z')),
  salesCloseAt: orNull(STARTS),
  cancelUntil: orNull(STARTS),
  maxSeatsPerBooking: count(10),
  waitlistLimit: count(100),
};

const EVENT = {
  eventId: text('recital'),
  title: text('Piano recital'),
  startsAt: STARTS,
  endsAt: orNull(instant('2027-03-01T20:00:00.000Z')),
  timeZone: text('Europe/Berlin'),
  resource: orNull(text('room-7')),
  capacity: count(100),
};

const EVENT_STATUS: Schema = { type: 'string', enum: ['scheduled', 'cancelled'], example: 'scheduled' };
const REVISION: Schema = { ...count(0), description: 'Position in the stream of the event, from 0' };

const BOOKING = {
  bookingId: BOOKING_ID,
  eventId: text('recital'),
  userId: text('ada'),
  seats: { ...count(1), minimum: 1 },
  status: { type: 'string', enum: ['waitlisted', 'held', 'confirmed', 'cancelled', 'expired'], example: 'confirmed' },
  reference: orNull(text('PO-4711')),
  expiresAt: { ...orNull(instant('2027-02-01T12:10:00.000Z')), description: 'Only while held' },
  offer: { ...flag(false), description: 'Whether the hold came from the waitlist' },
  createdAt: instant('2027-02-01T12:00:00.000Z'),
  updatedAt: instant('2027-02-01T12:00:00.000Z'),
  endedReason: { ...orNull(text('cancelled')), example: null },
  revision: REVISION,
};

const pageOf = (item: string): Schema =>
  object({
    items: { type: 'array', items: { $ref: `#/components/schemas/${item}` } },
    nextCursor: {
      ...orNull(text('WyJib29raW5ncyJd')),
      description: 'Send it as cursor for the next page; null on the last',
    },
  });

const FACT_MOMENT = {
  revision: REVISION,
  position: { ...text('0f92efe2-00000000000000000002'), description: 'Place in the whole log; opaque' },
  occurredAt: instant('2027-02-01T12:00:00.000Z'),
};

const FACT = {
  id: text('0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11'),
  type: text('BookingConfirmed'),
  schemaVersion: count(1),
  eventId: EVENT.eventId,
  ...FACT_MOMENT,
  actor: { ...text('ada'), description: 'Who; system:settle is the service itself' },
  reason: {
    ...text('requested'),
    description: 'Why: the code that was given, or requested, lapsed, place-came-free',
  },
  correlationId: { ...text('req-1'), description: 'The request, or what began it' },
  causationId: { ...text('req-1'), description: 'What it follows from: a request, a command, or a booking' },
  commandId: text('b15bf97e-283e-50a4-b196-0d5329134f32'),
  data: { type: 'object', description: 'What is so since then', example: { bookingId: BOOKING_ID['example'] } },
};

const LAST_FACT = { ...object(FACT_MOMENT), description: 'Only when asked as of a moment: the last fact by then' };

const PLACES = {
  eventId: EVENT.eventId,
  capacity: count(100),
  taken: { ...count(40), description: 'Held and confirmed seats' },
  held: count(3),
  waiting: { ...count(0), description: 'Turns in the line' },
  free: count(60),
  isBooked: flag(false),
};

const WEBHOOK = {
  webhookId: text('01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11'),
  url: { ...text('https://shop.example/holdfast'), format: 'uri' },
  types: {
    ...{ type: ['array', 'null'], items: { type: 'string' }, example: ['BookingConfirmed'] },
    description: 'The types of domain event it is told of; null: every one',
  },
  eventId: { ...orNull(text('recital')), description: 'The only event it is told of; null: every one' },
  description: orNull(text('The shop')),
  status: { type: 'string', enum: ['enabled', 'disabled'], example: 'enabled' },
  disabled: {
    ...object({
      reason: { type: 'string', enum: ['requested', 'gone', 'failing'], example: 'failing' },
      since: instant('2027-02-04T12:00:00.000Z'),
    }),
    type: ['object', 'null'],
    description: 'Why, and since when; null while it is enabled',
  },
  failingSince: { ...orNull(STARTS), example: null, description: 'The first failure since the last success' },
  position: { ...text('0f92efe2-00000000000000000002'), description: 'How far it was told, pending messages aside' },
  pending: { ...count(0), description: 'Messages that wait to be sent' },
  oldSecretUntil: { ...orNull(STARTS), example: null, description: 'Until then the secret before signs too' },
  createdAt: instant('2027-02-01T12:00:00.000Z'),
  createdBy: text('operator-1'),
  updatedAt: instant('2027-02-01T12:00:00.000Z'),
};

const OUTCOME = {
  lastStatus: { ...orNull({ type: 'integer', example: 200 }), description: 'Of HTTP; null: no answer' },
  lastError: { ...orNull(text('timeout')), example: null, description: 'A code; null: it did not fail' },
  durationMs: orNull(count(40)),
};

const HALT_PLACE = {
  position: text('4711'),
  eventId: EVENT.eventId,
  revision: REVISION,
};

const GENERATION = {
  generation: count(1),
  live: { ...flag(true), description: 'It is the one that readers see' },
  state: {
    type: 'string',
    enum: ['halted', 'paused', 'building', 'behind', 'up to date', 'another log'],
    example: 'up to date',
  },
  position: { ...text('4710'), description: 'Of the last record in the tables' },
  behind: { ...orNull(count(0)), description: 'Records that it lacks; null where positions do not say' },
  lagMs: { ...orNull(count(0)), description: 'For how long the first of them has been there; null: not known' },
  perSecond: { ...orNull(count(0)), description: 'Records folded of late; null: not looked at for long enough' },
  leftMs: { ...orNull(count(0)), description: 'Until nothing is behind, at that pace; null: not known' },
  movedAt: instant('2027-02-01T12:00:00.000Z'),
  shownAt: { ...orNull(STARTS), example: null, description: 'When it last became the live one' },
  halt: {
    ...object({
      ...HALT_PLACE,
      recordId: text('0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11'),
      reason: text('…'),
      since: STARTS,
    }),
    type: ['object', 'null'],
    description: 'Before which record it stands still, and why',
  },
  pause: {
    ...object({ since: STARTS, by: text('operator-1'), reason: orNull(text('moving to other disks')) }),
    type: ['object', 'null'],
    description: 'Who has it stand still',
  },
};

const PROJECTIONS = object({
  head: { ...text('4710'), description: 'Of the last record in the log' },
  generations: { type: 'array', items: object(GENERATION) },
  rebuild: {
    ...object({
      generation: count(2),
      step: { type: 'string', enum: ['folding', 'comparing', 'same', 'different', 'failed'], example: 'same' },
      beganAt: STARTS,
      endedAt: orNull(STARTS),
      folded: { ...count(4_710), description: 'Records' },
      rows: { ...count(0), description: 'To be compared, of both generations' },
      compared: { ...count(0), description: 'Of these rows' },
      different: { type: 'array', items: text('bookings'), description: 'Tables that are not the same' },
      why: { ...orNull(text('…')), description: 'Only of what failed' },
    }),
    type: ['object', 'null'],
    description: 'The latest that this process was asked for',
  },
  skipped: {
    type: 'array',
    description: 'Records that every fold leaves out',
    items: object({ ...HALT_PLACE, haltReason: text('…'), by: text('operator-1'), reason: text('…'), at: STARTS }),
  },
});

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Event: object({
    ...EVENT,
    seatsTaken: { ...count(0), description: 'Held and confirmed' },
    seatsHeld: { ...count(0), description: 'Those of them that are held, and may come free' },
    seatsFree: count(100),
    waiting: { ...count(0), description: 'Turns in the line' },
    isBooked: { ...flag(false), description: 'True when no seat is free' },
    status: EVENT_STATUS,
    revision: REVISION,
    ...RULES,
  }),
  EventChange: {
    ...object({ eventId: EVENT.eventId, status: EVENT_STATUS, revision: REVISION }),
    description: 'Where the event stands, and what this command has written of it',
    properties: { ...EVENT, status: EVENT_STATUS, revision: REVISION, ...RULES, reason: text('weather') },
  },
  EventPage: pageOf('Event'),
  Calendar: {
    type: 'string',
    description: 'iCalendar (RFC 5545): one VEVENT',
    example: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n…\r\nEND:VCALENDAR\r\n',
  },
  Availability: { ...object(PLACES), properties: { ...PLACES, asOf: LAST_FACT } },
  Fact: object(FACT),
  FeedFact: object({
    ...FACT,
    actor: { ...orNull(text('ada')), description: 'Who; null: somebody else, of whom you are not told' },
    correlationId: orNull(FACT.correlationId),
    causationId: orNull(FACT.causationId),
    commandId: orNull(FACT.commandId),
  }),
  HistoryPage: pageOf('Fact'),
  Refusal: object({
    refusedAt: instant('2027-02-01T12:00:00.040Z'),
    userId: { ...orNull(text('bob')), description: 'Whom it concerns' },
    code: { ...text('sold-out'), description: 'The code of the problem that was answered; not-kept: see lost' },
    requested: { ...orNull(count(1)), description: 'Seats, where that was the question' },
    free: orNull(count(0)),
    waiting: orNull(count(0)),
    revision: { ...orNull(count(1)), description: 'Revision of the event on which it was decided' },
    takenBy: {
      ...object({
        revision: REVISION,
        type: text('BookingConfirmed'),
        recordId: text('0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11'),
        bookingId: orNull(BOOKING_ID),
        userId: orNull(text('ada')),
        actor: text('ada'),
        occurredAt: instant('2027-02-01T12:00:00.000Z'),
      }),
      type: ['object', 'null'],
      description: 'The domain event that had taken what was asked for; null where none had',
    },
    actor: { ...orNull(text('bob')), description: 'Who asked' },
    command: { ...orNull(text('BookPlace')), description: 'What was asked' },
    bookingId: { ...orNull(BOOKING_ID), example: null, description: 'About which booking; null for a new one' },
    commandId: orNull(text('b15bf97e-283e-50a4-b196-0d5329134f32')),
    correlationId: { ...orNull(text('req-2')), description: 'The request' },
    eventId: { ...orNull(EVENT.eventId), description: 'Null only with not-kept: of several events' },
    id: text('9d1c1f7e-6f0e-4d0b-9f3b-8a8d0f9f3c11'),
    lost: { ...orNull(count(0)), example: null, description: 'Only with not-kept: how many are missing' },
    until: { ...orNull(STARTS), example: null, description: 'Only with not-kept: when the last of them was refused' },
  }),
  RefusalPage: pageOf('Refusal'),
  Booking: object(BOOKING),
  BookingShown: object({
    ...BOOKING,
    waitlistPosition: { type: ['integer', 'null'], minimum: 1, example: null, description: 'From 1, while it waits' },
  }),
  BookingPage: pageOf('BookingShown'),
  Profile: object({
    userId: text('ada'),
    name: text('Ada Lovelace'),
    email: orNull({ ...text('ada@example.org'), format: 'email' }),
    createdAt: instant('2027-02-01T12:00:00.000Z'),
    updatedAt: { ...instant('2027-02-01T12:00:00.000Z'), description: 'When name or e-mail last became another one' },
  }),
  Webhook: object(WEBHOOK),
  WebhookWithSecret: object({ ...WEBHOOK, secret: { ...text('whsec_…'), description: 'Shown this once' } }),
  WebhookPage: pageOf('Webhook'),
  WebhookTest: object({ delivered: flag(true), ...OUTCOME }),
  Delivery: object({
    messageId: {
      ...text('0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11'),
      description: 'The header webhook-id; the record’s id',
    },
    position: FACT_MOMENT.position,
    eventId: EVENT.eventId,
    revision: REVISION,
    type: text('BookingConfirmed'),
    status: { type: 'string', enum: ['pending', 'delivered', 'given-up'], example: 'delivered' },
    attempts: { ...count(1), description: 'Since it was last asked for again' },
    replays: { ...count(0), description: 'How often it was asked for again' },
    nextAttemptAt: { ...orNull(STARTS), example: null, description: 'Only while pending' },
    lastAttemptAt: orNull(instant('2027-02-01T12:00:00.300Z')),
    ...OUTCOME,
  }),
  DeliveryPage: pageOf('Delivery'),
  ...CONTENTION_SCHEMAS,
  Projections: PROJECTIONS,
  Health: object({ status: text('ready') }),
  Problem: {
    type: 'object',
    description: 'RFC 9457. Some codes bring members of their own; see the examples.',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { type: 'string', format: 'uri-reference', example: '/problems/sold-out' },
      title: text('Sold out'),
      status: { type: 'integer', example: 409 },
      code: {
        ...text('sold-out'),
        enum: PROBLEM_KINDS.map(({ code }) => code),
        description: 'What a program acts on; more may be added',
        'x-may-grow': true,
      },
      detail: text('Fewer places are free than were asked for, or somebody is waiting.'),
    },
  },
};

/** The members that some problems bring along. */
export const PROBLEM_MEMBERS: Readonly<Record<string, Schema>> = {
  'validation-failed': { errors: [{ pointer: '/seats', expected: 'a whole number from 1 to 1000' }] },
  'sold-out': { requested: 2, free: 1, waiting: 0 },
  'already-booked': { bookingId: BOOKING_ID['example'] },
  'hold-ceiling': { ceilingAt: '2027-02-01T14:00:00.000Z' },
  'too-many-seats': { max: 10 },
  'too-many-holds': { max: 20 },
  'sales-not-open': { salesOpenAt: '2027-01-01T09:00:00.000Z' },
  'capacity-below-taken': { taken: 40 },
  'rehearsal-running': { rehearsalId: '01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11' },
  'operation-refused': { reason: 'generation 2 is not complete: go on with holdfast projections rebuild' },
  'feed-too-old': { lists: ['/v1/events', '/v1/bookings'] },
};
