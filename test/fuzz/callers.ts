import fc from 'fast-check';
import { accessOf, isAllowed, type Caller } from '../../src/infrastructure/http/access.js';
import { tokenOf } from '../support/credentials.js';
import type { Operation } from './description.js';
import { BAD_AUTHORIZATIONS } from './hostile-heads.js';

/** Somebody who sends a request, and what they show. `caller` null: nobody that the service knows. */
export interface Sender {
  readonly name: string;
  readonly caller: Caller | null;
  readonly authorization: string | null;
}

const USERS = ['ada', 'bob', 'cid', 'dan', 'eli', 'fay', 'gil', 'hal', 'ivy', 'jon', 'kim', 'lea'];

function senderOf(userId: string, scope: string): Sender {
  const scopes = new Set(scope.split(' '));
  const caller = { userId, scopes, until: Infinity };
  return { name: `${userId} ${scope}`, caller, authorization: `Bearer ${tokenOf(userId, scope)}` };
}

const OWNERS = new Map(USERS.map((user) => [user, senderOf(user, 'booking')]));
const STAFF = [
  senderOf('office', 'booking:any'),
  senderOf('manager', 'event:manage'),
  senderOf('auditor', 'audit:read'),
  senderOf('eraser', 'user:erase'),
  senderOf('operator', 'ops'),
];
const STRANGERS = [senderOf('eve', 'none'), senderOf('eve', 'BOOKING bookings event:manage2 *')];
/** Above all roles, for routes that need a scope which none of these has. */
const EVERYTHING = senderOf('admin', 'booking booking:any event:manage audit:read user:erase ops');

const NOBODY: Sender = { name: 'nobody', caller: null, authorization: null };
const IMPOSTORS = BAD_AUTHORIZATIONS.map(([name, authorization]): Sender => ({
  name: `nobody (${name})`,
  caller: null,
  authorization,
}));

export const MANAGER = STAFF[1]!;

/** Routes that anybody may ask, by the design: written here once more, so that the service is not its own judge. */
const PUBLIC: ReadonlySet<string> = new Set([
  'GET /health/live',
  'GET /health/ready',
  'GET /v1/events',
  'GET /v1/events/{eventId}',
  'GET /v1/events/{eventId}/availability',
  'GET /v1/events/{eventId}/calendar.ics',
  'GET /openapi.json',
]);

/** As of another moment, availability is a question for auditors. */
export const isPublic = ({ id }: Operation, target: string): boolean =>
  PUBLIC.has(id) && !(id.endsWith('/availability') && /[?&]asOf=/.test(target));

const accessTo = (operation: Operation, query: object) =>
  accessOf(operation.method, operation.path.replace(/\{(\w+)\}/g, ':$1'), query);

export function mayAsk(operation: Operation, query: object, { caller }: Sender): boolean {
  const access = accessTo(operation, query);
  return access === 'public-read' || isAllowed(access, caller);
}

/** How a sender is chosen, before it is known for what. */
export interface Choice {
  readonly kind: 'fitting' | 'owner' | 'somebody' | 'stranger' | 'nobody' | 'impostor';
  readonly pick: number;
}

export const choices: fc.Arbitrary<Choice> = fc.record({
  kind: fc.oneof(
    { weight: 9, arbitrary: fc.constant('fitting' as const) },
    { weight: 7, arbitrary: fc.constant('owner' as const) },
    { weight: 2, arbitrary: fc.constant('somebody' as const) },
    { weight: 1, arbitrary: fc.constantFrom('stranger' as const, 'nobody' as const, 'impostor' as const) },
  ),
  pick: fc.nat(1_000),
});

/** `owner`: whose booking it is, where there is one. */
export function chosen({ kind, pick }: Choice, operation: Operation, query: object, owner: string | undefined): Sender {
  const from = (senders: readonly Sender[]): Sender => senders[pick % senders.length]!;
  const known = [...OWNERS.values(), ...STAFF];
  switch (kind) {
    case 'owner':
      if (owner !== undefined && OWNERS.has(owner) && mayAsk(operation, query, OWNERS.get(owner)!))
        return OWNERS.get(owner)!;
      return chosen({ kind: 'fitting', pick }, operation, query, owner);
    case 'fitting': {
      const fitting = known.filter((sender) => mayAsk(operation, query, sender));
      return fitting.length === 0 ? EVERYTHING : from(fitting);
    }
    case 'somebody':
      return from(known);
    case 'stranger':
      return from(STRANGERS);
    case 'nobody':
      return NOBODY;
    case 'impostor':
      return from(IMPOSTORS);
  }
}
