import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiQuery,
  ApiResponse,
  ApiTags,
  type ApiPropertyOptions,
} from '@nestjs/swagger';
import { accessOf } from './access.js';
import { BOOK_SCHEMA } from './booking-fields.js';
import { DESCRIBED_ROUTES, type Description } from './described.js';
import { DECLARED_FIELDS, RULES, declaredFields, type DeclaredField } from './fields.js';
import { PROBLEM_KINDS } from './problems.js';
import { PROBLEM_MEMBERS } from './schemas.js';

/** Hands what is said of routes and fields to the generator of the document; to be called once. */
export function decorate(): void {
  for (const { about, controller, name, method } of DESCRIBED_ROUTES) decoratorOf(about)(controller, name, method);
  for (const [dto, fields] of DECLARED_FIELDS)
    for (const field of fields) ApiProperty(propertyOf(field))(dto, field.name);
}

const propertyOf = ({ rule, presence, description, example }: DeclaredField): ApiPropertyOptions =>
  ({
    description: rule.expected,
    ...rule.schema,
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { examples: [example] }),
    required: presence === 'required',
    ...(presence === 'nullable' ? { nullable: true } : {}),
  }) as ApiPropertyOptions;

/** Said at the door, whatever is asked for; but health is asked as often as anybody likes. */
export const AT_THE_DOOR = ['rate-limited', 'overloaded', 'headers-too-large'];
const WRITES = ['store-unavailable', 'outcome-unknown', 'stream-unreadable', 'clock-skew'];
const READS = ['unknown-position', 'store-unavailable', 'read-model-behind'];
const OF_ANY_STORE = ['store-unavailable', 'outcome-unknown'];
const BODIES = ['too-large', 'unsupported-media-type'];
const KEYS = ['key-reused', 'request-in-flight'];

/** What is common to the routes of one kind: operations, commands and queries over the log, and people beside it. */
interface Kind {
  readonly isApi: boolean;
  readonly isOfLog: boolean;
  readonly isWrite: boolean;
}

/** What they show has no position in the log, and what they change is not written there at once. */
const BESIDE_THE_LOG = ['People', 'Webhooks', 'Rehearsals', 'Operations'];

function kindOf({ route, tag }: Description): Kind {
  const isApi = route.includes(' /v1/');
  return {
    isApi,
    isOfLog: isApi && !BESIDE_THE_LOG.includes(tag),
    isWrite: isApi && !route.startsWith('GET '),
  };
}

const IF_MATCH = 'The ETag of the copy that you have seen';

const BOOK_EXAMPLES = {
  now: { summary: 'Two seats, at once', value: { seats: 2 } },
  hold: { summary: 'Hold a seat for five minutes', value: { hold: true, holdSeconds: 300 } },
  line: { summary: 'A seat, or else a turn in the line', value: { waitlist: true, reference: 'PO-4711' } },
  office: { summary: 'For somebody else (box office)', value: { userId: 'ada' } },
};

/** What all routes have in common is said here, once. */
function decoratorOf(about: Description): MethodDecorator {
  const [method = '', path = ''] = about.route.split(' ');
  const kind = kindOf(about);
  const access = accessOf(method, path);
  const scopes = Array.isArray(access)
    ? `\n\nNeeds one of the scopes: ${access.map((scope) => `\`${scope}\``).join(', ')}.`
    : '';
  const decorators: (MethodDecorator & ClassDecorator)[] = [ApiTags(about.tag)];
  const operation = ApiOperation({ summary: about.summary, description: (about.text ?? '') + scopes });
  if (path.includes(':eventId')) decorators.push(ApiParam({ name: 'eventId', schema: RULES.eventId.schema }) as never);
  if (path.includes(':bookingId'))
    decorators.push(ApiParam({ name: 'bookingId', schema: RULES.bookingId.schema }) as never);
  if (path.includes(':userId')) decorators.push(ApiParam({ name: 'userId', schema: RULES.userId.schema }) as never);
  for (const name of ['webhookId', 'messageId', 'rehearsalId'])
    if (path.includes(`:${name}`)) decorators.push(ApiParam({ name, schema: RULES.bookingId.schema }) as never);
  if (kind.isApi) decorators.push(...requestHeaders(about, kind));
  if (Array.isArray(access)) decorators.push(ApiBearerAuth());
  for (const { name, rule, description = rule.expected } of about.query === undefined
    ? []
    : declaredFields(about.query))
    decorators.push(ApiQuery({ name, required: false, description, schema: rule.schema }) as never);
  if (about.body === 'book')
    decorators.push(ApiBody({ schema: BOOK_SCHEMA as never, examples: BOOK_EXAMPLES, required: false }) as never);
  else if (about.body !== undefined) decorators.push(ApiBody({ type: about.body }) as never);
  return applyDecorators(operation, ...decorators, ...answersOf(about, kind), ...problemsOf(about, kind));
}

function requestHeaders(
  { ifMatch, ifNoneMatch, isFeed }: Description,
  { isOfLog, isWrite }: Kind,
): (MethodDecorator & ClassDecorator)[] {
  const sent = (name: string, description: string, required = false) => ApiHeader({ name, description, required });
  const common = [
    sent(
      'X-Request-Id',
      'Ties requests, log lines and domain events together, for ever: no name, no address; made when absent',
    ),
  ];
  const tag = ifMatch === undefined ? [] : [sent('If-Match', IF_MATCH, ifMatch === 'required')];
  if (!isOfLog) return [...common, ...tag];
  if (isFeed) return [...common, sent('Last-Event-ID', 'Go on after this position; from now on when absent')];
  if (!isWrite)
    return [
      ...common,
      ...(ifNoneMatch ? [sent('If-None-Match', 'The ETag of the copy that you have')] : []),
      sent('Holdfast-Position', 'Answer from this position on: read what you have just written'),
    ];
  const key = sent(
    'Idempotency-Key',
    '1 to 255 visible ASCII characters: the same request takes effect once, for ever; only a hash is kept',
  );
  return [...common, key, ...tag];
}

function answersOf({ answer, ifNoneMatch, isFeed }: Description, kind: Kind): MethodDecorator[] {
  if (isFeed) return [feedOf(answer)];
  const one = answerOf(answer, kind);
  if (ifNoneMatch) return [one, answerOf({ status: 304, schema: null, says: 'Your copy is as good' }, kind)];
  return answer.orCreated ? [one, answerOf({ ...answer, status: 201, says: 'The same, new' }, kind)] : [one];
}

const header = (description: string) => ({ description, schema: { type: 'string' as const } });
const REQUEST_ID = { 'X-Request-Id': header('As sent, or made') };

type Answered = Omit<Description['answer'], 'status'> & { readonly status: number };

function answerOf({ status, schema, says, media }: Answered, { isApi, isOfLog, isWrite }: Kind): MethodDecorator {
  const isPage = schema?.endsWith('Page') ?? false;
  const headers = {
    ...REQUEST_ID,
    ...(isOfLog ? { 'Holdfast-Position': header('The position that this answer shows') } : {}),
    ...(isApi && !isPage && (schema !== null || status === 304) && !(schema !== null && TAGLESS.includes(schema))
      ? { ETag: header('For If-Match') }
      : {}),
    ...(isPage ? { Link: header('rel="next"') } : {}),
    ...(status === 201 || (status === 202 && schema === 'Rehearsal') ? { Location: header('Where to read it') } : {}),
    ...(isOfLog && isWrite
      ? { 'Idempotency-Replayed': header('true: the answer to an earlier request with this key') }
      : {}),
  };
  if (status === 204 || status === 304) return ApiResponse({ status, description: says, headers });
  if (schema === null) return ApiResponse({ status, description: says, headers, content: { 'text/plain': {} } });
  const body = { schema: { $ref: `#/components/schemas/${schema}` } };
  if (media !== undefined) return ApiResponse({ status, description: says, headers, content: { [media]: body } });
  const item = TOLD[schema];
  if (item !== undefined) return ApiResponse({ status, description: says, headers, content: contentOf(schema, item) });
  return ApiResponse({ status, description: says, headers, ...body });
}

/** What there is no copy of that could be stale. */
const TAGLESS = ['Availability', 'Contention', 'Delivery', 'Projections', 'Rehearsal', 'RehearsalList', 'WebhookTest'];

/** What stands behind `data` of the messages. */
const feedOf = ({ status, schema, says }: Description['answer']): MethodDecorator =>
  ApiResponse({
    status,
    description: says,
    headers: {
      'X-Request-Id': { description: 'As sent, or made', schema: { type: 'string' } },
      'Holdfast-Position': { description: 'Where it begins', schema: { type: 'string' } },
    },
    content: { 'text/event-stream': { schema: { $ref: `#/components/schemas/${schema}` }, example: FEED_EXAMPLE } },
  });

const FEED_EXAMPLE = [
  ...['retry: 2000', 'id: 0f92efe2-00000000000000000001', ''],
  ...['id: 0f92efe2-00000000000000000002', 'event: BookingConfirmed', 'data: {"type":"BookingConfirmed", …}', ''],
  ...[':', 'id: 0f92efe2-00000000000000000007', '', ''],
].join('\n');

/** The pages that come in three forms, and what is on them. */
const TOLD: Readonly<Record<string, string>> = {
  EventPage: 'Event',
  BookingPage: 'BookingShown',
  HistoryPage: 'Fact',
  RefusalPage: 'Refusal',
};

const contentOf = (page: string, item: string) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${page}` } },
  'application/x-ndjson': { schema: { $ref: `#/components/schemas/${item}` } },
  'text/csv': { schema: { type: 'string' as const } },
});

const PROBLEM_HEADERS: Readonly<Record<number, Readonly<Record<string, ReturnType<typeof header>>>>> = {
  401: { 'WWW-Authenticate': header('Bearer, and whether the token was at fault') },
  429: { 'Retry-After': header('Seconds until it may be tried again') },
  503: { 'Retry-After': header('Seconds until it may be tried again') },
};

/** Every problem that a route can answer, by status, with an example of each. */
function problemsOf({ route, problems = [], ifMatch, isFeed }: Description, kind: Kind): MethodDecorator[] {
  const { isApi, isOfLog, isWrite } = kind;
  const [method = '', path = ''] = route.split(' ');
  const access = accessOf(method, path);
  const faults = isWrite ? WRITES : isFeed ? READS.filter((code) => code !== 'read-model-behind') : READS;
  const codes = new Set([
    ...problems,
    ...(isApi ? ['validation-failed', 'internal'] : []),
    ...(isOfLog ? faults : isApi ? faults.filter((code) => OF_ANY_STORE.includes(code)) : []),
    ...(isWrite ? BODIES : []),
    ...(isOfLog && isWrite ? KEYS : []),
    ...(access === 'open' ? [] : ['unauthenticated']),
    ...(Array.isArray(access) ? ['forbidden', 'user-id-not-opaque'] : []),
    ...(path.includes(':') ? ['not-found'] : []),
    ...AT_THE_DOOR.filter((code) => code !== 'rate-limited' || !path.startsWith('/health/')),
    ...(isWrite ? ['request-timeout'] : []),
    ...(ifMatch === undefined ? [] : ['precondition-failed']),
    ...(ifMatch === 'required' ? ['precondition-required'] : []),
  ]);
  return problemAnswers(codes).map((answer) => ApiResponse(answer));
}

/** What is answered with problems of these codes: one answer for each status, with an example of each problem. */
export function problemAnswers(codes: ReadonlySet<string>) {
  const told = PROBLEM_KINDS.filter(({ code }) => codes.has(code));
  const statuses = [...new Set(told.map(({ status }) => status))].sort();
  return statuses.map((status) => {
    const ofStatus = told.filter((problem) => problem.status === status);
    const examples = ofStatus.map(({ code, title, detail }) => [
      code,
      { summary: title, value: { type: `/problems/${code}`, title, status, code, detail, ...PROBLEM_MEMBERS[code] } },
    ]);
    const content = {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: Object.fromEntries(examples) as never,
    };
    const description = ofStatus.map(({ code }) => `\`${code}\``).join(', ');
    const headers = { ...REQUEST_ID, ...PROBLEM_HEADERS[status] };
    return { status, description, headers, content: { 'application/problem+json': content } };
  });
}
