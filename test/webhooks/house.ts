import type pg from 'pg';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { InMemoryEventFeed } from '../../src/infrastructure/event-store/in-memory.js';
import { messagesOf } from '../../src/infrastructure/http/webhook-messages.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openPool } from '../../src/infrastructure/postgres/database.js';
import { Deliverer, type Surroundings } from '../../src/infrastructure/webhooks/deliverer.js';
import { Secrets } from '../../src/infrastructure/webhooks/secrets.js';
import { DELIVERER, type DelivererSettings } from '../../src/infrastructure/webhooks/settings.js';
import { PostgresWebhooks } from '../../src/infrastructure/webhooks/subscriptions.js';
import { Targets } from '../../src/infrastructure/webhooks/targets.js';
import { FrontDoor, type Response } from '../support/front-door.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { seededRandom } from '../support/service.js';

/** The real settings, a thousand times faster. */
const FAST: DelivererSettings = {
  ...DELIVERER,
  ...{ pollMs: 5, leaseMs: 300, connectMs: 250, totalMs: 250, drainMs: 300 },
  ...{ retryMs: [10, 20, 40], giveUpMs: 5_000, disableMs: 60_000, longestRetryAfterMs: 50 },
};

export const OPS = 'operator ops';
const OFFICE = 'office booking:any event:manage';
const KEY = 'a key for webhooks that is longer than 32 bytes';

export interface Running {
  readonly deliverer: Deliverer;
  readonly lines: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
  /** Tells it to end, and waits for that. */
  stop(): Promise<void>;
}

/** The HTTP service over a log in memory, subscriptions in a database of their own, and deliverers for them. */
export class House {
  private readonly running = new Set<Running>();

  private constructor(
    readonly database: TestDatabase,
    readonly pool: pg.Pool,
    readonly door: FrontDoor,
  ) {}

  static async open(): Promise<House> {
    const database = await freshDatabase();
    const pool = openPool(database.url, loadStoreConfig({}), 'test-webhooks', quiet);
    const webhooks = new PostgresWebhooks(pool, new Targets(true), new Secrets(KEY), FAST);
    return new House(database, pool, await FrontDoor.open({}, {}, {}, undefined, webhooks));
  }

  get feed(): InMemoryEventFeed {
    return new InMemoryEventFeed(this.door.service.log, new Codec(UPCASTERS));
  }

  /** A process that delivers. `around`: what is different in it. */
  deliver(settings: Partial<DelivererSettings> = {}, around: Partial<Surroundings> = {}): Running {
    const { service } = this.door;
    const lines: Running['lines'] = [];
    const note = (message: string, fields: object = {}): void =>
      void lines.push({ message, fields: fields as Record<string, unknown> });
    const deliverer = new Deliverer(
      {
        pool: openPool(this.database.url, loadStoreConfig({}), 'test-deliverer', quiet),
        feed: this.feed,
        store: service.store,
        messages: messagesOf(service.streams),
        targets: new Targets(true),
        secrets: new Secrets(KEY),
        time: service.time,
        random: seededRandom(),
        logger: { debug: note, log: note, warn: note, error: note },
        ...around,
      },
      { ...FAST, ...settings },
    );
    const stopping = new AbortController();
    const ended = deliverer.run(stopping.signal);
    const running: Running = {
      deliverer,
      lines,
      stop: async () => {
        this.running.delete(running);
        stopping.abort();
        await ended;
      },
    };
    this.running.add(running);
    return running;
  }

  ops(method: string, path: string, body?: unknown, headers = {}): Promise<Response> {
    return this.door.ask(method, `/v1/webhooks${path}`, OPS, body, headers);
  }

  /** A subscription; answers its id and its secret. */
  async subscribe(url: string, fields: object = {}): Promise<{ readonly id: string; readonly secret: string }> {
    const made = await this.ops('POST', '', { url, ...fields });
    if (made.statusCode !== 201) throw new Error(made.body);
    return { id: String(made.json['webhookId']), secret: String(made.json['secret']) };
  }

  /** An event, and so many bookings of it: revisions 0 to `bookings`. */
  async happen(eventId: string, bookings: number): Promise<void> {
    await this.door.event({ eventId, capacity: 1_000 });
    await this.more(eventId, bookings);
  }

  async more(eventId: string, bookings: number): Promise<void> {
    for (let at = 0; at < bookings; at += 1) {
      const userId = `user-${this.door.written}`;
      const made = await this.door.ask('POST', `/v1/events/${eventId}/bookings`, OFFICE, { userId });
      if (made.statusCode !== 201) throw new Error(made.body);
    }
  }

  async deliveries(id: string, query = ''): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { json } = await this.ops('GET', `/${id}/deliveries?limit=200${query}`);
    return json['items'] as Readonly<Record<string, unknown>>[];
  }

  /** Ends what delivers and forgets every subscription: for the next test. */
  async clear(): Promise<void> {
    await Promise.all([...this.running].map((each) => each.stop()));
    await this.pool.query('DELETE FROM webhooks.subscriptions');
  }

  async close(): Promise<void> {
    await this.clear();
    await this.door.close();
    await this.pool.end();
    await this.database.drop();
  }
}

const quiet = { debug: () => undefined, log: () => undefined, warn: () => undefined, error: () => undefined };
