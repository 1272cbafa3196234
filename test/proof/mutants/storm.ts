import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError, type HoldfastErrorCode } from '../../../src/application/errors.js';
import type { Random } from '../../../src/application/ports.js';
import { Codec, UPCASTERS } from '../../../src/infrastructure/event-store/codec.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../../src/infrastructure/event-store/postgres.js';
import type { Heard, Receipt } from '../../simulation/checker.js';
import { Clients, isAboutEvent, type Wish } from '../../simulation/clients.js';
import { STREAMS } from '../../simulation/process.js';
import { Service, SetTime, seededRandom } from '../../support/service.js';
import { silent } from '../../support/postgres.js';
import type { Asked } from './truth.js';
import type { Weather } from './weather.js';

const CALLERS = 24;
const MOST_PROCESSES = 4;
/** Calls that surely wrote nothing. */
const CERTAIN: readonly HoldfastErrorCode[] = ['store-unavailable', 'overloaded', 'clock-skew', 'request-in-flight'];

const SETTINGS = {
  mailboxLength: 60,
  batchEvents: 10,
  cacheEntries: 400,
  queueAgeMs: 2_000,
  inFlightWaitMs: 2_000,
  outcomeDeadlineMs: 3_000,
};

/**
 * Several API processes' cores (mailboxes, decisions, Postgres adapter), side by side in this process on one real
 * database, asked by clients that the seed decides; the interleaving is the machine's own.
 */
export class Storm {
  readonly asked: Asked[] = [];
  readonly time = new SetTime();
  /** What nobody may throw. */
  readonly bugs: unknown[] = [];
  private readonly random: Random;
  private readonly clients: Clients;
  private readonly services: Service[];
  private readonly stores: PostgresEventStore[];
  private left = 0;
  /** The last position that somebody was told. */
  private known = 0;

  constructor(url: string, seed: number, onAppended: () => void) {
    this.random = seededRandom(seed);
    this.clients = new Clients(seededRandom(seed ^ 0xc11e), () => this.time.at);
    this.stores = Array.from(
      { length: MOST_PROCESSES },
      () => new PostgresEventStore(url, POSTGRES_STORE, new Codec(UPCASTERS), silent, onAppended),
    );
    this.services = this.stores.map((store, at) => {
      const locking = at === MOST_PROCESSES - 1 ? 'pessimistic' : 'optimistic';
      return new Service(store, this.time, { ...SETTINGS, locking }, seededRandom(seed + 7_919 * (at + 1)));
    });
  }

  /** So many commands, while the weather lasts; ends when all are answered. */
  async rage(commands: number, weather: Weather): Promise<void> {
    this.left = commands;
    const blowing = weather.blow();
    await Promise.all(Array.from({ length: CALLERS }, () => this.call()));
    weather.calm();
    await blowing;
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map(({ transact }) => transact.drain()));
    await Promise.all(this.stores.map((store) => store.close()));
  }

  private async call(): Promise<void> {
    while (this.left > 0) {
      this.left -= 1;
      this.passTime();
      const service = this.services[Math.floor(this.random.next() * this.services.length)]!;
      await this.ask(service);
      if (this.random.next() < 0.05) await sleep(Math.floor(this.random.next() * 4));
    }
  }

  /** Mostly milliseconds, now and then as long as a hold lasts. */
  private passTime(): void {
    this.time.at += this.random.next() < 0.01 ? 35_000 : Math.floor(this.random.next() * 20);
  }

  private async ask(service: Service): Promise<void> {
    const { wish, envelope } = this.clients.next();
    const { command, eventId } = wish;
    const call = { stream: STREAMS.of(eventId), commandId: envelope.commandId, command, from: this.known };
    const asked: Asked = { call, heard: null };
    this.asked.push(asked);
    const { transact } = service;
    const answer = isAboutEvent(command)
      ? transact.event(eventId, command, envelope)
      : transact.claim(eventId, command, envelope);
    asked.heard = await answer.then(
      (told): Heard => {
        if (!told.accepted) return { kind: 'no', refusal: { ...told.refusal } };
        return this.learn(wish, told.receipt, Number(told.position), told.replayed);
      },
      (error: unknown): Heard => this.failed(error),
    );
  }

  private learn(wish: Wish, receipt: Receipt, position: number, replayed: boolean): Heard {
    this.clients.learn(wish, receipt.revision);
    this.known = Math.max(this.known, position);
    return { kind: 'yes', receipt, position, replayed };
  }

  private failed(error: unknown): Heard {
    if (!(error instanceof HoldfastError)) {
      this.bugs.push(error);
      return { kind: 'unknown', code: 'bug' };
    }
    return { kind: CERTAIN.includes(error.code) ? 'failed' : 'unknown', code: error.code };
  }
}
