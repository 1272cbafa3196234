import type { HoldfastErrorCode } from '../../application/errors.js';
import { HoldfastError } from '../../application/errors.js';
import type { Refusal } from '../../domain/booking/commands.js';

/** What a problem document (RFC 9457) says every time; what differs from one time to the next is an extension member. */
export interface ProblemKind {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** On every 503: when to come back. */
  readonly retryAfterSeconds?: number;
}

/** What is wrong with one field: where it is (RFC 6901) and what was expected there. */
export interface FieldError {
  readonly pointer: string;
  readonly expected: string;
}

const kind = (status: number, code: string, title: string, detail: string): ProblemKind => ({
  status,
  code,
  title,
  detail,
});
const retry = (code: string, title: string, detail: string, retryAfterSeconds = 1): ProblemKind => ({
  ...kind(503, code, title, detail),
  retryAfterSeconds,
});

const NOT_FOUND = kind(404, 'not-found', 'Not found', 'There is no such thing, or it is not yours to see.');
const INVALID = kind(400, 'validation-failed', 'Validation failed', 'What was sent is not what this route expects.');

/** The one place where a business "no" becomes HTTP. */
const REFUSALS: Readonly<Record<Refusal['reason'], ProblemKind>> = {
  NotFound: NOT_FOUND,
  InvalidSettings: INVALID,
  PreconditionFailed: kind(412, 'precondition-failed', 'Precondition failed', 'It was changed since you read it.'),
  PreconditionRequired: kind(428, 'precondition-required', 'Precondition required', 'Send the ETag as If-Match.'),
  KeyReused: kind(422, 'key-reused', 'Key reused', 'This Idempotency-Key was used for another request.'),
  SoldOut: kind(409, 'sold-out', 'Sold out', 'Fewer places are free than were asked for, or somebody is waiting.'),
  AlreadyBooked: kind(409, 'already-booked', 'Already booked', 'This user has an active booking of this event.'),
  HoldLapsed: kind(409, 'hold-lapsed', 'Hold lapsed', 'The hold ended before it was confirmed.'),
  NotHeld: kind(409, 'not-held', 'Not held', 'The booking is not a hold.'),
  BookingEnded: kind(409, 'booking-ended', 'Booking ended', 'The booking was cancelled.'),
  HoldCeiling: kind(409, 'hold-ceiling', 'Hold ceiling', 'The hold cannot be made any longer.'),
  TooManySeats: kind(409, 'too-many-seats', 'Too many seats', 'One booking cannot have so many seats.'),
  TooManyBookings: kind(409, 'too-many-bookings', 'Too many bookings', 'This user booked this event too often.'),
  TooManyHolds: kind(409, 'too-many-holds', 'Too many holds', 'Confirm or cancel one of your holds first.'),
  TooManyChanges: kind(409, 'too-many-changes', 'Too many changes', 'This booking was changed too often.'),
  EventStarted: kind(409, 'event-started', 'Event started', 'The event has started.'),
  EventCancelled: kind(409, 'event-cancelled', 'Event cancelled', 'The event was called off.'),
  EventExists: kind(409, 'event-exists', 'Event exists', 'There is an event with this id.'),
  StartsInPast: kind(409, 'starts-in-past', 'Starts in the past', 'An event must start in the future.'),
  SalesNotOpen: kind(409, 'sales-not-open', 'Sales not open', 'Sales have not opened yet.'),
  SalesClosed: kind(409, 'sales-closed', 'Sales closed', 'Sales have closed.'),
  CancellationClosed: kind(409, 'cancellation-closed', 'Cancellation closed', 'It is too late to cancel.'),
  CapacityBelowTaken: kind(409, 'capacity-below-taken', 'Capacity below taken', 'More seats than that are taken.'),
  WaitlistFull: kind(409, 'waitlist-full', 'Waitlist full', 'Nobody else can join the waitlist.'),
  WaitlistedOnlyShrinks: kind(
    409,
    'waitlisted-only-shrinks',
    'Waitlisted only shrinks',
    'While it waits, a booking can only ask for fewer seats.',
  ),
  NotExtendable: kind(409, 'not-extendable', 'Not extendable', 'This hold cannot be extended.'),
};

/** The one place where a fault becomes HTTP. What caused it is logged, never told. */
const FAULTS: Readonly<Record<HoldfastErrorCode, ProblemKind>> = {
  'store-unavailable': retry(
    'store-unavailable',
    'Store unavailable',
    'The store cannot be reached; nothing was done.',
  ),
  'outcome-unknown': retry(
    'outcome-unknown',
    'Outcome unknown',
    'Nobody can tell yet whether it was done. It is safe to try again with the same Idempotency-Key.',
  ),
  overloaded: retry('overloaded', 'Overloaded', 'Too much is waiting; nothing was done.'),
  'stream-unreadable': retry('stream-unreadable', 'Stream unreadable', 'The records of this event need repair.', 60),
  'read-model-behind': retry('read-model-behind', 'Read model behind', 'The position was not reached in time.'),
  'clock-skew': retry('clock-skew', 'Clock skew', 'The clock of this server cannot be trusted; nothing was done.', 5),
  'unknown-position': kind(400, 'unknown-position', 'Unknown position', 'The position is not one of this log.'),
  'request-in-flight': kind(
    409,
    'request-in-flight',
    'Request in flight',
    'An earlier request with this Idempotency-Key is still running.',
  ),
  'not-found': NOT_FOUND,
};

/** What goes wrong before a use case is asked. */
const TRANSPORT = {
  'validation-failed': INVALID,
  unauthenticated: kind(401, 'unauthenticated', 'Unauthenticated', 'A valid bearer token is needed.'),
  forbidden: kind(403, 'forbidden', 'Forbidden', 'Your token does not allow this.'),
  'user-id-not-opaque': kind(
    403,
    'user-id-not-opaque',
    'User id not opaque',
    'The subject of the token cannot be a user id here: 1 to 128 of A-Z a-z 0-9 . _ | : -',
  ),
  'not-found': NOT_FOUND,
  'method-not-allowed': kind(405, 'method-not-allowed', 'Method not allowed', 'See the header Allow.'),
  'too-many-webhooks': kind(409, 'too-many-webhooks', 'Too many webhooks', 'There are as many as there may be.'),
  'rehearsals-off': kind(
    409,
    'rehearsals-off',
    'Rehearsals off',
    'A rehearsal writes to the log; this service does none unless it is started with REHEARSALS=on.',
  ),
  'rehearsal-running': kind(409, 'rehearsal-running', 'Rehearsal running', 'There is one at a time; see rehearsalId.'),
  'operation-refused': kind(
    409,
    'operation-refused',
    'Operation refused',
    'It cannot be done now; nothing was changed.',
  ),
  'feed-too-old': kind(
    409,
    'feed-too-old',
    'Feed too old',
    'Too much has happened since then. Read the lists, then go on from the Holdfast-Position that they answer with.',
  ),
  'request-timeout': kind(408, 'request-timeout', 'Request timeout', 'The request took too long to arrive.'),
  'too-large': kind(413, 'too-large', 'Too large', 'The body is larger than 64 KiB.'),
  'unsupported-media-type': kind(
    415,
    'unsupported-media-type',
    'Unsupported media type',
    'Send application/json, without Content-Encoding.',
  ),
  'rate-limited': kind(429, 'rate-limited', 'Rate limited', 'Too many requests; come back later.'),
  'headers-too-large': kind(431, 'headers-too-large', 'Headers too large', 'The headers are too large.'),
  internal: kind(500, 'internal', 'Internal error', 'Something is wrong on our side.'),
} satisfies Readonly<Record<string, ProblemKind>>;

export type TransportCode = keyof typeof TRANSPORT;

/** Every kind there is, once: for the API's description. */
export const PROBLEM_KINDS: readonly ProblemKind[] = [
  ...new Set([...Object.values(REFUSALS), ...Object.values(FAULTS), ...Object.values(TRANSPORT)]),
];

/**
 * A problem that HTTP itself found. `extensions` become members of the document, `headers` of the response; `reason`, a
 * word of ours, is for the audit line and never sent.
 */
export class HttpProblem extends Error {
  constructor(
    readonly code: TransportCode,
    readonly extensions: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
    readonly reason: string | null = null,
  ) {
    super(code);
  }
}

/** 400 that names what is wrong with each field. */
export const invalid = (...errors: readonly FieldError[]): HttpProblem =>
  new HttpProblem('validation-failed', { errors });

/** A problem ready to be sent. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Members of a refusal that are instants: they leave as RFC 3339. */
const INSTANTS: ReadonlySet<string> = new Set(['ceilingAt', 'salesOpenAt']);

export function problemOfRefusal(refusal: Refusal): Problem {
  const { reason, ...rest } = refusal;
  if (refusal.reason === 'InvalidSettings')
    return problemOf(REFUSALS[reason], { errors: [{ pointer: refusal.pointer, expected: refusal.expected }] });
  const members = Object.entries(rest).map(([name, value]: [string, unknown]) => [
    name,
    INSTANTS.has(name) ? new Date(value as number).toISOString() : value,
  ]);
  return problemOf(REFUSALS[reason], Object.fromEntries(members) as Record<string, unknown>);
}

/** The problem that an exception means. Null: none that we know, so a bug, to be logged and told as `internal`. */
export function problemOfError(error: unknown): Problem | null {
  if (error instanceof HttpProblem) return problemOf(TRANSPORT[error.code], error.extensions, error.headers);
  if (error instanceof HoldfastError) return problemOf(FAULTS[error.code]);
  const code = codeOfFrameworkError(error);
  if (code === null) return null;
  return code === 'validation-failed' ? MALFORMED : problemOf(TRANSPORT[code]);
}

/** What is no request at all, or only half of one. */
export const MALFORMED: Problem = problemOf(INVALID, {
  errors: [{ pointer: '', expected: 'a request that is complete and well-formed' }],
});

export const problemOfCode = (code: TransportCode): Problem => problemOf(TRANSPORT[code]);

/** A 503 of that code with members of its own. */
export const unavailable = (code: HoldfastErrorCode, extensions: Readonly<Record<string, unknown>>): Problem =>
  problemOf(FAULTS[code], extensions);

function problemOf(
  { status, code, title, detail, retryAfterSeconds }: ProblemKind,
  extensions: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Problem {
  const body = { type: `/problems/${code}`, title, status, code, detail, ...extensions };
  const retryAfter = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, headers: { ...retryAfter, ...headers }, body };
}

/** Errors of Fastify and Nest, by the status they ask for. */
const BY_STATUS: Readonly<Record<number, TransportCode>> = {
  400: 'validation-failed',
  // What may not be read below the page of the description is not there.
  403: 'not-found',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'too-large',
  414: 'not-found',
  415: 'unsupported-media-type',
};

function codeOfFrameworkError(error: unknown): TransportCode | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, statusCode, status } = error as { code?: unknown; statusCode?: unknown; status?: unknown };
  if (code === 'FST_ERR_BAD_URL') return 'not-found';
  const asked = typeof statusCode === 'number' ? statusCode : typeof status === 'number' ? status : 500;
  return BY_STATUS[asked] ?? null;
}
