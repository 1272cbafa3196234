import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, codeOf, isYes, type Reply, type Request } from '../../bench/support/http-client.js';
import { mintToken } from '../../src/infrastructure/http/tokens.js';
import { SECRET } from './processes.js';
import { seededRandom } from './service.js';

const DAY_MS = 86_400_000;
const MORE_WITHIN_MS = 8_000;
const POLL_MS = 20;

/** One request with an Idempotency-Key, and what is known of it. */
export interface Call {
  readonly kind: 'book' | 'cancel';
  readonly eventId: string;
  readonly user: string;
  readonly key: string;
  /** Of a cancellation: what it is about. */
  readonly bookingId?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly startedAt: number;
  endedAt: number;
  /** `unknown`: it may have had its effect. `failed`: it was told that nothing was done, and to come back. */
  outcome: 'running' | 'ok' | 'refused' | 'failed' | 'unknown';
  /** "ok", the code of the problem, or "no answer". */
  code: string;
  reply: Reply | null;
}

export type Wish = Pick<Call, 'kind' | 'eventId' | 'user' | 'key' | 'bookingId' | 'body'>;

/** After these a call with the same key may still find that the first one had its effect. */
const UNDECIDED = ['outcome-unknown', 'request-in-flight'];

const tokens = new Map<string, string>();

/** Good for days: a service whose clock is set wrong must still take it. */
export function tokenOf(subject: string, scope = 'booking'): string {
  const name = `${subject} ${scope}`;
  const token =
    tokens.get(name) ?? mintToken(SECRET, { subject, scope, ttlMs: 30 * DAY_MS, issuer: null, audience: null });
  tokens.set(name, token);
  return token;
}

/** Makes an event that can be booked for a month. Throws when it cannot. */
export async function schedule(url: string, eventId: string, capacity: number, rules: object = {}): Promise<void> {
  const client = new HttpClient(url, 1);
  const body = {
    eventId,
    title: eventId,
    startsAt: new Date(Date.now() + 30 * DAY_MS).toISOString(),
    capacity,
    ...rules,
  };
  const reply = await client.send({
    method: 'POST',
    path: '/v1/events',
    token: tokenOf('manager', 'event:manage'),
    body,
  });
  client.close();
  if (!isYes(reply)) throw new Error(`${eventId} could not be scheduled: ${codeOf(reply)}`);
}

export interface Plan {
  readonly callers: number;
  readonly events: readonly string[];
  readonly users: number;
  /** Between two calls of one caller, in milliseconds. */
  readonly pauseMs: number;
  readonly seed: number;
}

/** Callers who book, cancel and ask again, and write down what they were told. Bounded by the number of callers. */
export class Load {
  readonly calls: Call[] = [];
  private readonly clients = new Map<string, HttpClient>();
  private readonly cancelled = new Set<string>();
  private keys = 0;
  private running: Promise<unknown> = Promise.resolve();
  private isOver = true;

  /** `targets`: addresses of the service, read anew for every call: a test may change them. */
  constructor(
    readonly targets: string[],
    private readonly connections: number,
  ) {}

  /** Until `stop`. 20 % ask again, 10 % cancel, the others book. */
  start({ callers, events, users, pauseMs, seed }: Plan): void {
    const random = seededRandom(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!;
    const next = (): Wish => {
      const dice = random.next();
      const recent =
        dice < 0.3 ? this.calls.slice(-20 * callers).filter(({ eventId }) => events.includes(eventId)) : [];
      if (dice < 0.2 && recent.length > 0) return pick(recent.slice(-4 * callers));
      if (dice < 0.3) {
        const open = recent.filter((call) => call.kind === 'book' && this.isOpen(call));
        if (open.length > 0) return this.cancelOf(pick(open));
      }
      const how = pick([{}, {}, {}, { hold: true }, { waitlist: true }]);
      return this.wish(pick(events), `user-${Math.floor(random.next() * users)}`, how);
    };
    const caller = async (): Promise<void> => {
      while (!this.isOver) {
        const wish = next();
        await this.ask(wish, pick(this.targets));
        await sleep(pauseMs * (0.5 + random.next()));
      }
    };
    this.isOver = false;
    this.running = Promise.all(Array.from({ length: callers }, caller));
  }

  /** Until so many more calls have ended: as much is tested on a slow machine as on a fast one. Gives up after a while. */
  async more(calls: number): Promise<void> {
    const ended = (): number => this.calls.filter(({ outcome }) => outcome !== 'running').length;
    const enough = ended() + calls;
    for (let waited = 0; ended() < enough && waited < MORE_WITHIN_MS; waited += POLL_MS) await sleep(POLL_MS);
  }

  /** Answers when the last call has ended. */
  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  wish(eventId: string, user: string, body: Readonly<Record<string, unknown>> = {}): Wish {
    return { kind: 'book', eventId, user, key: `key-${++this.keys}`, body };
  }

  cancelOf({ eventId, user, reply }: Call): Wish {
    const bookingId = String(reply?.body['bookingId']);
    this.cancelled.add(bookingId);
    return { kind: 'cancel', eventId, user, key: `key-${++this.keys}`, bookingId, body: {} };
  }

  /** Sends it once and writes down how it ended; never throws. */
  async ask({ kind, eventId, user, key, bookingId, body }: Wish, target = this.targets[0]!): Promise<Call> {
    const about = bookingId === undefined ? {} : { bookingId };
    const call: Call = {
      ...{ kind, eventId, user, key, ...about, body },
      ...{ startedAt: performance.now(), endedAt: NaN, outcome: 'running', code: '', reply: null },
    };
    this.calls.push(call);
    const path = `/v1/events/${eventId}/bookings${kind === 'book' ? '' : `/${bookingId}/cancel`}`;
    try {
      call.reply = await this.send({ method: 'POST', path, token: tokenOf(user), key, body }, target);
      call.code = isYes(call.reply) ? 'ok' : codeOf(call.reply);
      call.outcome = outcomeOf(call.reply, call.code);
    } catch {
      call.code = 'no answer';
      call.outcome = 'unknown';
    }
    call.endedAt = performance.now();
    return call;
  }

  /** Asks again, with the same key, for everything that was never decided. Throws when it does not get decided. */
  async resolve(): Promise<void> {
    const open = [...groupsOf(this.calls).values()].filter((calls) =>
      calls.every(({ outcome }) => !isDefinite(outcome)),
    );
    const settle = async ([first]: readonly Call[]): Promise<void> => {
      for (let tries = 0; tries < 40; tries += 1) {
        if (isDefinite((await this.ask(first!)).outcome)) return;
        await sleep(100);
      }
      throw new Error(`${first!.kind} ${first!.eventId} with ${first!.key} was never decided: ${first!.code}`);
    };
    for (let at = 0; at < open.length; at += 16) await Promise.all(open.slice(at, at + 16).map(settle));
  }

  /** What that user sees there. */
  read(path: string, user: string): Promise<Reply> {
    return this.send({ method: 'GET', path, token: tokenOf(user) });
  }

  send(request: Request, target = this.targets[0]!): Promise<Reply> {
    const client = this.clients.get(target) ?? new HttpClient(target, this.connections);
    this.clients.set(target, client);
    return client.send(request);
  }

  async close(): Promise<void> {
    this.isOver = true;
    for (const client of this.clients.values()) client.close();
    await this.running;
  }

  private isOpen({ outcome, reply }: Call): boolean {
    return outcome === 'ok' && !this.cancelled.has(String(reply?.body['bookingId']));
  }
}

const isDefinite = (outcome: Call['outcome']): boolean => outcome === 'ok' || outcome === 'refused';

function outcomeOf(reply: Reply, code: string): Call['outcome'] {
  if (isYes(reply)) return 'ok';
  if (UNDECIDED.includes(code)) return 'unknown';
  return reply.status < 500 ? 'refused' : 'failed';
}

/** The calls that are one request to their caller: same user, event and key. */
export function groupsOf(calls: readonly Call[]): Map<string, Call[]> {
  const groups = new Map<string, Call[]>();
  for (const call of calls) {
    const name = JSON.stringify([call.user, call.eventId, call.key]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [call]);
    else group.push(call);
  }
  return groups;
}
