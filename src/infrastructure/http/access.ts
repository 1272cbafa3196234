/** What a token may allow (claim `scope`, space-separated). */
export const SCOPES = ['booking', 'booking:any', 'event:manage', 'audit:read', 'user:erase', 'ops'] as const;
export type Scope = (typeof SCOPES)[number];

/** What can be a user id; `system:` is ours. */
export const USER_ID = '^(?!system:)[A-Za-z0-9._|:-]{1,128}$';

/** Who is asking: the user id as the log knows it, and what the token allows. */
export interface Caller {
  readonly userId: string;
  readonly scopes: ReadonlySet<string>;
  /** When the token expires, in milliseconds since 1970: what goes on for longer than a request ends then. */
  readonly until: number;
}

/**
 * `open`: nobody is asked for a token. `public-read`: the same while PUBLIC_READS is on, else any token will do. A list:
 * one of these scopes. `token`: any token; what is shown depends on its scopes.
 */
export type Access = 'open' | 'public-read' | 'token' | readonly Scope[];

const USERS: Access = ['booking', 'booking:any'];
const MANAGERS: Access = ['event:manage'];
const OPERATORS: Access = ['ops'];
/** Who sees all of what happened. */
const AUDITORS: Access = ['audit:read', 'booking:any'];
/** How the tables stand: those who run the service, and those who see everything. */
const WATCHERS: Access = ['ops', 'audit:read'];
/** Users see what happened to their own bookings. */
const READERS: Access = ['audit:read', 'booking', 'booking:any'];

/**
 * Every route and who may use it, by the pattern under which the router knows it; HEAD is as GET. A route that is not in
 * here is denied to everybody, so a forgotten line is found by the first request, not by a stranger.
 */
export const ACCESS: Readonly<Record<string, Access>> = {
  'POST /v1/events': MANAGERS,
  'PATCH /v1/events/:eventId': MANAGERS,
  'POST /v1/events/:eventId/cancel': MANAGERS,
  'GET /v1/events': 'public-read',
  'GET /v1/events/:eventId': 'public-read',
  'GET /v1/events/:eventId/calendar.ics': 'public-read',
  'GET /v1/events/:eventId/availability': 'public-read',
  'GET /v1/events/:eventId/history': READERS,
  'GET /v1/events/:eventId/refusals': ['audit:read'],
  'GET /v1/events/:eventId/contention': AUDITORS,
  'POST /v1/events/:eventId/bookings': USERS,
  'GET /v1/events/:eventId/bookings/:bookingId': USERS,
  'GET /v1/events/:eventId/bookings/:bookingId/calendar.ics': USERS,
  'PATCH /v1/events/:eventId/bookings/:bookingId': USERS,
  'POST /v1/events/:eventId/bookings/:bookingId/confirm': USERS,
  'POST /v1/events/:eventId/bookings/:bookingId/extend': USERS,
  'POST /v1/events/:eventId/bookings/:bookingId/cancel': USERS,
  'GET /v1/bookings': USERS,
  'GET /v1/feed': READERS,
  'PUT /v1/users/:userId': USERS,
  'GET /v1/users/:userId': USERS,
  'DELETE /v1/users/:userId': ['user:erase'],
  'POST /v1/webhooks': OPERATORS,
  'GET /v1/webhooks': OPERATORS,
  'GET /v1/webhooks/:webhookId': OPERATORS,
  'PATCH /v1/webhooks/:webhookId': OPERATORS,
  'DELETE /v1/webhooks/:webhookId': OPERATORS,
  'POST /v1/webhooks/:webhookId/rotate-secret': OPERATORS,
  'POST /v1/webhooks/:webhookId/test': OPERATORS,
  'POST /v1/webhooks/:webhookId/replay': OPERATORS,
  'GET /v1/webhooks/:webhookId/deliveries': OPERATORS,
  'POST /v1/webhooks/:webhookId/deliveries/:messageId/replay': OPERATORS,
  'POST /v1/rehearsals': OPERATORS,
  'GET /v1/rehearsals': OPERATORS,
  'GET /v1/rehearsals/:rehearsalId': OPERATORS,
  'GET /v1/projections': WATCHERS,
  'POST /v1/projections/pause': OPERATORS,
  'POST /v1/projections/resume': OPERATORS,
  'POST /v1/projections/rebuild': OPERATORS,
  'POST /v1/projections/switch': OPERATORS,
  'GET /health/live': 'open',
  'GET /health/ready': 'open',
  'GET /metrics': OPERATORS,
  'GET /openapi.json': 'open',
  'GET /docs': 'open',
  'GET /docs/*': 'open',
  'GET /control-room': 'open',
  'POST /control-room/sign-in': 'open',
  'POST /control-room/sign-out': 'open',
  'GET /control-room/issuer': 'open',
  'GET /control-room/issuer/back': 'open',
  'GET /control-room/assets/:file': 'open',
  'GET /control-room/events': 'token',
  'GET /control-room/events/:eventId': 'token',
  'GET /control-room/rehearsal': 'token',
  'GET /control-room/feed': READERS,
  'GET /control-room/projectors': WATCHERS,
};

/** Where a query that names this field is another question, with an access of its own. */
const FIELD_ACCESS: Readonly<Record<string, Readonly<Record<string, Access>>>> = {
  'GET /v1/events/:eventId/availability': { asOf: ['audit:read'] },
};

/** Undefined: nobody may. */
export function accessOf(method: string, pattern: string | undefined, query: unknown = {}): Access | undefined {
  const route = `${method === 'HEAD' ? 'GET' : method} ${pattern}`;
  if (!Object.hasOwn(ACCESS, route)) return undefined;
  const ofFields = Object.hasOwn(FIELD_ACCESS, route) ? Object.entries(FIELD_ACCESS[route]!) : [];
  const named = ofFields.find(([field]) => Object.hasOwn(query as object, field));
  return named === undefined ? ACCESS[route] : named[1];
}

export const needsToken = (access: Access | undefined, publicReads: boolean): boolean =>
  !(access === 'open' || (access === 'public-read' && publicReads));

export function isAllowed(access: Access | undefined, caller: Caller | null): boolean {
  if (access === 'open' || access === 'public-read') return true;
  if (access === 'token') return caller !== null;
  return access !== undefined && caller !== null && access.some((scope) => caller.scopes.has(scope));
}

/** May see what happened to anybody's bookings, and to the event itself. */
export const isAuditor = (caller: Caller): boolean => caller.scopes.has('audit:read') || isBoxOffice(caller);

/** The box office: may act for others, and late. */
export const isBoxOffice = (caller: Caller): boolean => caller.scopes.has('booking:any');
