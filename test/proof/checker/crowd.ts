import { setImmediate } from 'node:timers/promises';
import type { StoredRecord } from '../../../src/infrastructure/event-store/codec.js';
import { FrontDoor, type Response } from '../../support/front-door.js';
import { seededRandom } from '../../support/service.js';
import { kindOf, monotonicMs, type Entry, type Invoke, type Operation } from '../history.js';

const ROUTES: Readonly<Record<Operation, (event: string, booking: string) => [method: string, path: string]>> = {
  schedule: () => ['POST', '/v1/events'],
  'change-event': (event) => ['PATCH', `/v1/events/${event}`],
  'cancel-event': (event) => ['POST', `/v1/events/${event}/cancel`],
  book: (event) => ['POST', `/v1/events/${event}/bookings`],
  confirm: (event, booking) => ['POST', `/v1/events/${event}/bookings/${booking}/confirm`],
  extend: (event, booking) => ['POST', `/v1/events/${event}/bookings/${booking}/extend`],
  cancel: (event, booking) => ['POST', `/v1/events/${event}/bookings/${booking}/cancel`],
  'change-booking': (event, booking) => ['PATCH', `/v1/events/${event}/bookings/${booking}`],
  'read-event': (event) => ['GET', `/v1/events/${event}`],
  'read-booking': (event, booking) => ['GET', `/v1/events/${event}/bookings/${booking}`],
  'read-bookings': (event) => ['GET', `/v1/bookings?eventId=${event}`],
};

type Wish = Pick<Invoke, 'operation' | 'eventId' | 'user' | 'body'> &
  Partial<Pick<Invoke, 'bookingId' | 'key' | 'ifMatch'>>;

/** Many callers at the service's own front door, over a log in memory, whose clock leaps on so that holds lapse. */
export class Crowd {
  readonly entries: Entry[] = [];
  private readonly random;
  private readonly known: { eventId: string; user: string; bookingId: string }[] = [];
  private readonly asked: Wish[] = [];
  private readonly startedAt = monotonicMs();
  private readonly tokens = new Map<string, string>();
  private leapt = 0;
  private calls = 0;

  private constructor(
    private readonly door: FrontDoor,
    seed: number,
  ) {
    this.random = seededRandom(seed);
    this.entries.push({ kind: 'clock', at: 0, wall: door.service.time.at });
    this.begin = door.service.time.at;
  }

  private readonly begin: number;

  static async open(seed: number): Promise<Crowd> {
    return new Crowd(await FrontDoor.open(), seed);
  }

  get records(): readonly StoredRecord[] {
    return this.door.service.log.records;
  }

  /** So many calls by so many callers at once, over events with few places. */
  async run(callers: number, calls: number): Promise<void> {
    const startsAt = new Date(this.begin + 30 * 86_400_000).toISOString();
    const events = ['one', 'seven', 'many'].map((eventId, at) => ({ eventId, capacity: [1, 7, 40][at] }));
    for (const { eventId, capacity } of events)
      await this.ask({
        operation: 'schedule',
        eventId,
        user: 'manager',
        body: { eventId, title: eventId, startsAt, capacity },
      });
    const caller = async (): Promise<void> => {
      while (this.calls < calls) {
        await this.ask(this.next(events.map(({ eventId }) => eventId)));
        if (this.random.next() < 0.3) await setImmediate();
        if (this.random.next() < 0.01) this.leap(200_000 * this.random.next());
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    await this.door.close();
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random.next() * from.length)]!;
  }

  private next(events: readonly string[]): Wish {
    const dice = this.random.next();
    const eventId = this.pick(events);
    if (dice < 0.15 && this.asked.length > 0) return this.pick(this.asked.slice(-60));
    if (dice < 0.17)
      return { operation: 'change-event', eventId, user: 'manager', ifMatch: '*', body: this.pick(CHANGES) };
    if (dice < 0.25) return { operation: 'read-event', eventId, user: this.user(), body: {}, key: null };
    if (dice < 0.6 && this.known.length > 0) {
      const about = this.pick(this.known.slice(-60));
      const [operation, bodies] = this.pick(ABOUT_BOOKINGS);
      const body = this.pick(bodies);
      return { ...about, operation, body, ...(operation.startsWith('read-') ? { key: null } : {}) };
    }
    return { operation: 'book', eventId, user: this.user(), body: this.pick(WISHES) };
  }

  private user(): string {
    return `user-${Math.floor(this.random.next() * 25)}`;
  }

  private leap(ms: number): void {
    this.leapt += Math.floor(ms);
  }

  private now(): number {
    const at = monotonicMs() - this.startedAt + this.leapt;
    this.door.service.time.at = this.begin + Math.floor(at);
    return at;
  }

  private async ask(wish: Wish): Promise<void> {
    const call = `call-${++this.calls}`;
    const { operation, user, eventId, bookingId = '', ifMatch, body } = wish;
    const key = wish.key === undefined ? (this.random.next() < 0.9 ? call : null) : wish.key;
    const scope = user === 'manager' ? 'event:manage' : 'booking';
    const isRead = operation.startsWith('read-');
    if (!isRead && key !== null) this.asked.push({ ...wish, key });
    const token = isRead ? this.tokens.get(user) : undefined;
    const also = {
      ...(token === undefined ? {} : { afterPosition: token }),
      ...(ifMatch === undefined ? {} : { ifMatch }),
    };
    const common = { call, client: user, process: 'api', user, scope, key, operation, eventId, body };
    this.entries.push({
      kind: 'invoke',
      at: this.now(),
      ...common,
      ...also,
      ...(bookingId === '' ? {} : { bookingId }),
    });
    const [method, path] = ROUTES[operation](eventId, bookingId);
    const headers = {
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(token === undefined ? {} : { 'holdfast-position': token }),
    };
    this.heard(call, wish, await this.door.ask(method, path, `${user} ${scope}`, isRead ? undefined : body, headers));
  }

  private heard(call: string, { user, eventId, operation }: Wish, { statusCode, json, headers }: Response): void {
    const code = statusCode < 300 ? 'ok' : String(json['code']);
    const position = (headers['holdfast-position'] as string | undefined) ?? null;
    const replayed = headers['idempotency-replayed'] === 'true';
    const kind = kindOf(statusCode, code);
    this.entries.push({ kind, call, at: this.now(), status: statusCode, code, body: json, position, replayed });
    if (position !== null) this.tokens.set(user, [position, this.tokens.get(user) ?? ''].sort()[1]!);
    if (operation === 'book' && kind === 'ok') this.known.push({ eventId, user, bookingId: String(json['bookingId']) });
  }
}

const WISHES = [
  {},
  {},
  { seats: 2 },
  { hold: true },
  { hold: true, holdSeconds: 30 },
  { waitlist: true },
  { hold: true, waitlist: true },
];

const ABOUT_BOOKINGS: readonly (readonly [Operation, readonly Wish['body'][]])[] = [
  ['confirm', [{}]],
  ['confirm', [{}]],
  ['cancel', [{}, { reason: 'ill' }]],
  ['cancel', [{}]],
  ['extend', [{ seconds: 100 }, { seconds: 7_200 }]],
  ['change-booking', [{ seats: 1 }, { seats: 3 }, { reference: 'R-1' }, { seats: 2, reference: null }]],
  ['read-booking', [{}]],
  ['read-bookings', [{}]],
] as const;

const CHANGES = [
  { capacity: 8 },
  { capacity: 5 },
  { title: 'Another' },
  { holdSeconds: 60 },
  { waitlistLimit: 3 },
  { holdSeconds: null },
];
