import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { accessOf } from './access.js';
import { BOOK_SCHEMA, ChangeBookingFields, ExtendHoldFields, ListBookingsFields } from './booking-fields.js';
import { CancelFields, ChangeEventFields, ListEventsFields, ScheduleEventFields } from './event-fields.js';
import { RULES } from './fields.js';
import { PROBLEM_KINDS } from './problems.js';
import { PROBLEM_MEMBERS } from './schemas.js';

interface Description {
  /** As in the table of who may use what, from which the scopes are told. */
  readonly route: string;
  readonly tag: 'Events' | 'Bookings' | 'Operations';
  readonly summary: string;
  readonly text?: string;
  readonly answer: { readonly status: 200 | 201; readonly schema: string; readonly says: string };
  readonly body?: Type | 'book';
  readonly query?: Type;
  readonly ifMatch?: 'required' | 'optional';
  readonly problems?: readonly string[];
}

const ON_SALE = ['event-started', 'event-cancelled', 'sales-not-open', 'sales-closed', 'sold-out', 'too-many-seats'];
const WRITES = ['overloaded', 'store-unavailable', 'outcome-unknown', 'stream-unreadable', 'clock-skew'];
const READS = ['unknown-position', 'store-unavailable', 'read-model-behind'];

const EVENT = { status: 200, schema: 'EventChange', says: 'Done' } as const;
const BOOKING = { status: 200, schema: 'Booking', says: 'The booking after it' } as const;

export const scheduleEvent = () =>
  described({
    route: 'POST /v1/events',
    tag: 'Events',
    summary: 'Put an event up for booking',
    text: 'With capacity 1 (the default) it is a slot that can be booked once.',
    answer: { ...EVENT, status: 201, says: 'Scheduled' },
    body: ScheduleEventFields,
    problems: ['event-exists', 'starts-in-past'],
  });

export const listEvents = () =>
  described({
    route: 'GET /v1/events',
    tag: 'Events',
    summary: 'Events, the next one first',
    answer: { status: 200, schema: 'EventPage', says: 'One page' },
    query: ListEventsFields,
  });

export const getEvent = () =>
  described({
    route: 'GET /v1/events/:eventId',
    tag: 'Events',
    summary: 'One event',
    text: 'Send the ETag back as If-None-Match to be answered 304 while nothing has changed.',
    answer: { status: 200, schema: 'Event', says: 'The event' },
  });

export const changeEvent = () =>
  described({
    route: 'PATCH /v1/events/:eventId',
    tag: 'Events',
    summary: 'Change an event',
    text:
      'Absent is unchanged, null clears. If-Match fails only when somebody else changed the event since; bookings made in ' +
      'between do not matter.',
    answer: EVENT,
    body: ChangeEventFields,
    ifMatch: 'required',
    problems: ['event-started', 'event-cancelled', 'starts-in-past', 'capacity-below-taken'],
  });

export const cancelEvent = () =>
  described({
    route: 'POST /v1/events/:eventId/cancel',
    tag: 'Events',
    summary: 'Call an event off, and with it every booking',
    answer: EVENT,
    body: CancelFields,
    ifMatch: 'optional',
    problems: ['event-started'],
  });

export const getAvailability = () =>
  described({
    route: 'GET /v1/events/:eventId/availability',
    tag: 'Events',
    summary: 'How many places are left',
    answer: { status: 200, schema: 'Availability', says: 'The places as they are' },
  });

export const bookPlace = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings',
    tag: 'Bookings',
    summary: 'Book places',
    text: 'At once, or first as a hold to be confirmed; with waitlist: true a turn in the line when no place can be had.',
    answer: { ...BOOKING, status: 201, says: 'Booked, held, or standing in line: see status' },
    body: 'book',
    problems: [...ON_SALE, 'already-booked', 'too-many-bookings', 'waitlist-full'],
  });

export const getBooking = () =>
  described({
    route: 'GET /v1/events/:eventId/bookings/:bookingId',
    tag: 'Bookings',
    summary: 'One booking',
    answer: { status: 200, schema: 'BookingShown', says: 'The booking' },
  });

export const changeBooking = () =>
  described({
    route: 'PATCH /v1/events/:eventId/bookings/:bookingId',
    tag: 'Bookings',
    summary: 'Change seats or reference of a booking',
    text: 'Fewer seats are always possible; more only as a booking of that many would be.',
    answer: BOOKING,
    body: ChangeBookingFields,
    ifMatch: 'optional',
    problems: [...ON_SALE, 'booking-ended', 'waitlisted-only-shrinks', 'too-many-changes'],
  });

export const confirmBooking = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings/:bookingId/confirm',
    tag: 'Bookings',
    summary: 'Turn a hold into a booking',
    answer: BOOKING,
    ifMatch: 'optional',
    problems: ['hold-lapsed', 'not-held', 'booking-ended', 'event-cancelled', 'already-booked'],
  });

export const extendHold = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings/:bookingId/extend',
    tag: 'Bookings',
    summary: 'Ask for more time for a hold',
    answer: BOOKING,
    body: ExtendHoldFields,
    ifMatch: 'optional',
    problems: ['hold-ceiling', 'not-extendable', 'hold-lapsed', 'not-held', 'booking-ended', 'event-cancelled'],
  });

export const cancelBooking = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings/:bookingId/cancel',
    tag: 'Bookings',
    summary: 'Give the places, or the turn in the line, back',
    answer: BOOKING,
    body: CancelFields,
    ifMatch: 'optional',
    problems: ['cancellation-closed'],
  });

export const listBookings = () =>
  described({
    route: 'GET /v1/bookings',
    tag: 'Bookings',
    summary: 'Bookings, the latest first',
    text: 'Your own, unless you are the box office.',
    answer: { status: 200, schema: 'BookingPage', says: 'One page' },
    query: ListBookingsFields,
  });

export const live = () =>
  described({
    route: 'GET /health/live',
    tag: 'Operations',
    summary: 'Whether the process runs',
    answer: { status: 200, schema: 'Health', says: 'It does' },
  });

export const ready = () =>
  described({
    route: 'GET /health/ready',
    tag: 'Operations',
    summary: 'Whether requests should be sent here',
    answer: { status: 200, schema: 'Health', says: 'They should' },
    problems: ['store-unavailable', 'clock-skew', 'overloaded', 'stream-unreadable'],
  });

function described(about: Description): MethodDecorator {
  const [method = '', path = ''] = about.route.split(' ');
  const isApi = path.startsWith('/v1/');
  const isCommand = isApi && method !== 'GET';
  const access = accessOf(method, path);
  const scopes = Array.isArray(access)
    ? `\n\nNeeds one of the scopes: ${access.map((scope) => `\`${scope}\``).join(', ')}.`
    : '';
  const decorators: (MethodDecorator & ClassDecorator)[] = [ApiTags(about.tag)];
  const operation = ApiOperation({ summary: about.summary, description: (about.text ?? '') + scopes });
  if (path.includes(':eventId')) decorators.push(ApiParam({ name: 'eventId', schema: RULES.eventId.schema }) as never);
  if (path.includes(':bookingId'))
    decorators.push(ApiParam({ name: 'bookingId', schema: RULES.bookingId.schema }) as never);
  if (isApi) decorators.push(...requestHeaders(about, isCommand));
  if (Array.isArray(access)) decorators.push(ApiBearerAuth());
  if (about.query !== undefined) decorators.push(ApiQuery({ type: about.query }) as never);
  if (about.body === 'book') decorators.push(ApiBody({ schema: BOOK_SCHEMA as never, required: false }) as never);
  else if (about.body !== undefined) decorators.push(ApiBody({ type: about.body }) as never);
  return applyDecorators(
    operation,
    ...decorators,
    answerOf(about, isApi, isCommand),
    ...problemsOf(about, method, path),
  );
}

function requestHeaders({ ifMatch }: Description, isCommand: boolean): (MethodDecorator & ClassDecorator)[] {
  const header = (name: string, description: string, required = false) => ApiHeader({ name, description, required });
  const common = [header('X-Request-Id', 'Ties requests, log lines and domain events together; made when absent')];
  if (!isCommand)
    return [...common, header('Holdfast-Position', 'Answer from this position on: read what you have just written')];
  const key = header(
    'Idempotency-Key',
    '1 to 255 visible ASCII characters: the same request takes effect once, for ever',
  );
  const tag = header('If-Match', 'The ETag of the copy that you have seen', ifMatch === 'required');
  return [...common, key, ...(ifMatch === undefined ? [] : [tag])];
}

function answerOf({ answer }: Description, isApi: boolean, isCommand: boolean): MethodDecorator {
  const { status, schema, says } = answer;
  const header = (description: string) => ({ description, schema: { type: 'string' as const } });
  const isPage = schema.endsWith('Page');
  const headers = {
    'X-Request-Id': header('As sent, or made'),
    ...(isApi ? { 'Holdfast-Position': header('The position that this answer shows') } : {}),
    ...(isApi && !isPage && schema !== 'Availability' ? { ETag: header('For If-Match') } : {}),
    ...(isPage ? { Link: header('rel="next"') } : {}),
    ...(status === 201 ? { Location: header('Where to read it') } : {}),
    ...(isCommand ? { 'Idempotency-Replayed': header('true: the answer to an earlier request with this key') } : {}),
  };
  return ApiResponse({ status, description: says, headers, schema: { $ref: `#/components/schemas/${schema}` } });
}

/** Every problem that a route can answer, by status, with an example of each. */
function problemsOf({ problems = [], ifMatch }: Description, method: string, path: string): MethodDecorator[] {
  const access = accessOf(method, path);
  const isApi = path.startsWith('/v1/');
  const isCommand = isApi && method !== 'GET';
  const codes = new Set([
    ...problems,
    ...(isApi ? ['validation-failed', 'internal', ...(isCommand ? WRITES : READS)] : []),
    ...(isCommand ? ['too-large', 'unsupported-media-type', 'key-reused', 'request-in-flight'] : []),
    ...(access === 'open' ? [] : ['unauthenticated']),
    ...(Array.isArray(access) ? ['forbidden', 'user-id-not-opaque'] : []),
    ...(path.includes(':') ? ['not-found'] : []),
    ...(ifMatch === undefined ? [] : ['precondition-failed']),
    ...(ifMatch === 'required' ? ['precondition-required'] : []),
  ]);
  const kinds = PROBLEM_KINDS.filter(({ code }) => codes.has(code));
  const statuses = [...new Set(kinds.map(({ status }) => status))].sort();
  return statuses.map((status) => {
    const ofStatus = kinds.filter((kind) => kind.status === status);
    const examples = ofStatus.map(({ code, title, detail }) => [
      code,
      { summary: title, value: { type: `/problems/${code}`, title, status, code, detail, ...PROBLEM_MEMBERS[code] } },
    ]);
    const content = {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: Object.fromEntries(examples) as never,
    };
    const description = ofStatus.map(({ code }) => `\`${code}\``).join(', ');
    return ApiResponse({ status, description, content: { 'application/problem+json': content } });
  });
}
