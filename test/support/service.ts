import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { StreamNames, type Envelope } from '../../src/application/envelope.js';
import type { EventStore, Peers, Random, Time, Tracer } from '../../src/application/ports.js';
import type { Answer } from '../../src/application/receipts.js';
import { Transact, type TransactSettings } from '../../src/application/transact.js';
import type { BookPlace, ScheduleEvent } from '../../src/domain/booking/commands.js';
import type { Instant } from '../../src/domain/booking/events.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import { InMemoryEventStore, InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { NotedRefusals } from './noted-refusals.js';

/** A clock that the test sets; timers run for real, in the milliseconds that the test's settings ask for. */
export class SetTime implements Time {
  trusted = true;

  constructor(public at: Instant = Date.UTC(2027, 0, 1)) {}

  now(): Instant {
    return this.at;
  }

  isTrusted(): boolean {
    return this.trusted;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  }

  alarm(ms: number, ring: () => void): () => void {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  }

  elapsed(): number {
    return performance.now();
  }

  async turn(): Promise<void> {
    await setImmediate();
  }
}

/** Chance that comes out the same every time. */
export function seededRandom(seed = 1): Random {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

const FAST: TransactSettings = {
  locking: 'optimistic',
  queueAgeMs: 400,
  inFlightWaitMs: 600,
  mailboxLength: 1_000,
  batchEvents: 500,
  batchBytes: 400_000,
  maxRetries: 20,
  cacheEntries: 100_000,
  outcomeDeadlineMs: 3_000,
  backoffMinMs: 1,
  backoffMaxMs: 10,
};

let processes = 0;

/** One process of the service without HTTP and tables: commands in, answers out, over whatever store it is given. */
export class Service {
  readonly codec = new Codec(UPCASTERS);
  readonly ids: NamedIds;
  readonly sealer = new ChainSealer(this.codec);
  readonly transact: Transact;
  readonly streams = new StreamNames('booking-');
  readonly refused = new NotedRefusals();

  constructor(
    readonly store: EventStore,
    readonly time: SetTime = new SetTime(),
    settings: Partial<TransactSettings> = {},
    readonly random: Random = seededRandom(++processes),
    tracer: Tracer | null = null,
    peers: Peers | null = null,
  ) {
    this.ids = new NamedIds(time, random);
    const ports = { store, sealer: this.sealer, ids: this.ids, time, random, peers };
    this.transact = new Transact(ports, this.streams, { ...FAST, ...settings }, this.refused, tracer);
  }

  envelope(eventId: string, caller: string, key: string | null = null, body: unknown = {}): Envelope {
    const commandId = key === null ? this.ids.next() : this.ids.fromKey(caller, this.streams.of(eventId), key);
    const requestHash = this.ids.requestHash('test', { eventId }, body);
    return { commandId, requestHash, actor: caller, correlationId: commandId, causationId: commandId };
  }

  schedule(eventId: string, schedule: Partial<ScheduleEvent['schedule']> = {}) {
    const command: ScheduleEvent = {
      type: 'ScheduleEvent',
      schedule: {
        title: 'A night at the opera',
        startsAt: this.time.at + 30 * 86_400_000,
        timeZone: 'UTC',
        capacity: 1,
        holdSeconds: 600,
        offerSeconds: 14_400,
        maxSeatsPerBooking: 10,
        ...schedule,
      },
    };
    return this.transact.event(eventId, command, this.envelope(eventId, 'manager'));
  }

  book(eventId: string, userId: string, wishes: Partial<BookPlace> = {}, key: string | null = null) {
    const envelope = this.envelope(eventId, userId, key, wishes);
    const command: BookPlace = {
      type: 'BookPlace',
      bookingId: envelope.commandId,
      userId,
      seats: 1,
      hold: false,
      waitlist: false,
      ...wishes,
    };
    return this.transact.claim(eventId, command, envelope);
  }

  cancel(eventId: string, userId: string, bookingId: string, key: string | null = null) {
    const command = { type: 'CancelBooking', bookingId, owner: userId, ifMatch: null } as const;
    return this.transact.claim(eventId, command, this.envelope(eventId, userId, key));
  }

  confirm(eventId: string, userId: string, bookingId: string) {
    const command = { type: 'ConfirmBooking', bookingId, owner: userId, ifMatch: null } as const;
    return this.transact.claim(eventId, command, this.envelope(eventId, userId));
  }
}

/** A service over a log in memory. */
export function serviceInMemory(
  settings: Partial<TransactSettings> = {},
  log = new InMemoryLog(),
  wrap: (store: EventStore) => EventStore = (store) => store,
  time = new SetTime(),
): Service & { readonly log: InMemoryLog } {
  const service = new Service(wrap(new InMemoryEventStore(log, new Codec(UPCASTERS))), time, settings);
  return Object.assign(service, { log });
}

/** "accepted", "replayed", or the reason of the refusal: an answer as a word. */
export const wordOf = (answer: Answer<unknown>): string =>
  answer.accepted ? (answer.replayed ? 'replayed' : 'accepted') : answer.refusal.reason;

/** What a list of answers comes to, by word. */
export function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** The receipt of an answer that must be a yes. */
export function receiptOf<Receipt>(answer: Answer<Receipt>): Receipt {
  if (!answer.accepted) throw new Error(`refused: ${answer.refusal.reason}`);
  return answer.receipt;
}
