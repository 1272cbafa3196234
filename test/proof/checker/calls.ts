import type { End, Entry, Invoke, Operation } from '../history.js';
import type { Fact } from './ledger.js';
import { canonical, commandIdOf } from './names.js';

/** One call with its end. */
export interface Call {
  readonly invoke: Invoke;
  /** Null: its client was gone before it heard anything. */
  readonly end: End | null;
  readonly kind: End['kind'];
  /** When it was made and when its answer had come, in `monotonicMs`; Infinity for a call without an end. */
  readonly from: number;
  readonly to: number;
  /** Operation, path and body as one text: the same again is the same request. */
  readonly asked: string;
  readonly request: Request;
}

/** Everything that was asked and written under one commandId: the same caller, event and key. */
export interface Request {
  /** Null for a call without a key: nobody outside can know its commandId. */
  readonly commandId: string | null;
  readonly calls: Call[];
  readonly effects: Fact[];
}

export interface Calls {
  readonly all: readonly Call[];
  readonly byCommandId: ReadonlyMap<string, Request>;
  /** Commands without a key, by event. */
  readonly keyless: ReadonlyMap<string, readonly Call[]>;
}

/** What each operation may write. */
const CAUSES: Readonly<Record<Operation, readonly string[]>> = {
  schedule: ['EventScheduled'],
  'change-event': ['EventRenamed', 'EventRescheduled', 'CapacityChanged', 'EventRulesChanged'],
  'cancel-event': ['EventCancelled'],
  book: ['BookingConfirmed', 'BookingHeld', 'BookingWaitlisted'],
  confirm: ['BookingConfirmed'],
  extend: ['HoldExtended'],
  cancel: ['BookingCancelled'],
  'change-booking': ['BookingSeatsChanged', 'BookingReferenceChanged'],
  'read-event': [],
  'read-booking': [],
  'read-bookings': [],
};

/** A yes to these may mean that there was nothing to do. */
const QUIET: readonly Operation[] = ['confirm', 'cancel', 'change-booking', 'change-event', 'cancel-event'];

export const mayBeQuiet = ({ invoke }: Call): boolean => QUIET.includes(invoke.operation);
export const isRead = ({ invoke }: Call): boolean => invoke.operation.startsWith('read-');
export const isUserCommand = ({ invoke }: Call): boolean => !(invoke.scope ?? '').split(' ').includes('booking:any');
/** Whose booking is asked for. */
export const userOf = ({ invoke }: Call): string => (invoke.body['userId'] as string | undefined) ?? invoke.user;
export const seatsOf = ({ invoke }: Call): number => (invoke.body['seats'] as number | undefined) ?? 1;

/** Pairs what was asked with what was told, in the order of asking. `streamPrefix`: of the streams in the log. */
export function callsIn(entries: Iterable<Entry>, streamPrefix: string): Calls {
  const invokes: Invoke[] = [];
  const ends = new Map<string, End>();
  for (const entry of entries) {
    if (entry.kind === 'invoke') invokes.push(entry);
    else if (entry.kind !== 'fault' && entry.kind !== 'clock') ends.set(entry.call, entry);
  }
  invokes.sort((a, b) => a.at - b.at);
  const byCommandId = new Map<string, Request>();
  const keyless = new Map<string, Call[]>();
  const names = new Map<string, Request>();
  const all = invokes.map((invoke) => {
    const request = invoke.key === null ? requestOf(null) : keyed(invoke, invoke.key);
    const call = callOf(invoke, ends.get(invoke.call) ?? null, request);
    if (isRead(call)) return call;
    request.calls.push(call);
    if (invoke.key !== null) return call;
    const others = keyless.get(invoke.eventId);
    if (others === undefined) keyless.set(invoke.eventId, [call]);
    else others.push(call);
    return call;
  });
  return { all, byCommandId, keyless };

  function keyed({ user, eventId }: Invoke, key: string): Request {
    const name = JSON.stringify([user, eventId, key]);
    const known = names.get(name);
    if (known !== undefined) return known;
    const request = requestOf(commandIdOf(user, streamPrefix + eventId, key));
    names.set(name, request);
    byCommandId.set(request.commandId!, request);
    return request;
  }
}

const requestOf = (commandId: string | null): Request => ({ commandId, calls: [], effects: [] });

function callOf(invoke: Invoke, end: End | null, request: Request): Call {
  const { operation, bookingId, body, at } = invoke;
  const asked = canonical({ operation, bookingId, body });
  return { invoke, end, kind: end?.kind ?? 'unknown', from: at, to: end?.at ?? Infinity, asked, request };
}

/** Whether this fact is what the call asked for. */
export function couldCause(call: Call, { type, data, actor, eventId }: Fact): boolean {
  const { invoke, request } = call;
  const { operation, body, bookingId } = invoke;
  if (!CAUSES[operation].includes(type) || invoke.user !== actor || invoke.eventId !== eventId) return false;
  const isSame = (name: string): boolean => canonical(body[name] ?? null) === canonical(data[name] ?? null);
  switch (operation) {
    case 'book': {
      const { commandId } = request;
      if (commandId !== null && data.bookingId !== commandId) return false;
      if (
        type === 'BookingWaitlisted' ? body['waitlist'] !== true : (body['hold'] === true) !== (type === 'BookingHeld')
      )
        return false;
      return data.userId === userOf(call) && data.seats === seatsOf(call) && isSame('reference');
    }
    case 'schedule':
      return isSame('title') && data['capacity'] === (body['capacity'] ?? 1);
    case 'change-event':
      if (type === 'EventRescheduled') return 'startsAt' in body || 'endsAt' in body;
      return Object.keys(data).every((name) => name in body && (isSame(name) || isInstantOrCleared(body[name])));
    case 'cancel-event':
      return isSame('reason');
    case 'change-booking':
      return data.bookingId === bookingId && isSame(type === 'BookingSeatsChanged' ? 'seats' : 'reference');
    case 'cancel':
      return data.bookingId === bookingId && isSame('reason');
    case 'confirm':
    case 'extend':
      return data.bookingId === bookingId;
    case 'read-event':
    case 'read-booking':
    case 'read-bookings':
      return false;
  }
}

/** Instants may be sent in many forms; a setting that is cleared goes to its default. */
const isInstantOrCleared = (sent: unknown): boolean => sent === null || typeof sent === 'string';
