import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { projectorParts } from '../../projections/open.js';
import { Projector } from '../../projections/projector.js';
import type { BookingReceipt } from '../../src/application/receipts.js';
import { loadStoreConfig, type StoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { LocalPeers, type PeerSettings } from '../../src/infrastructure/peers/local-peers.js';
import { databaseTime, openDatabase, openPool } from '../../src/infrastructure/postgres/database.js';
import { SystemTime } from '../../src/infrastructure/time.js';
import { CommandPath } from './command-path.js';
import type { Booked, Contender, Told } from './contender.js';
import { silent } from './postgres.js';

/** As the composition root has them: what limits a run and is no setting. */
const COMPARE_EVERY_MS = 1_000;
/** Between two looks at how far the projector is. */
const POLL_MS = 5;

type Locking = StoreConfig['locking'];

/** Brings an empty database to the form that the service needs. */
export async function prepareDatabase(url: string): Promise<void> {
  await openDatabase(loadStoreConfig({ DATABASE_URL: url }), silent, new AbortController().signal);
}

/** The bookings of a stream in which nothing else happened. Throws when something did, or when a revision is missing. */
export async function bookedInLog(on: Pick<pg.Pool, 'query'>, stream: string): Promise<readonly Booked[]> {
  const { rows } = await on.query<Booked & { status: string; gap: boolean }>(
    `SELECT data->>'bookingId' AS "bookingId", data->>'userId' AS "userId", (data->>'seats')::int AS seats,
            data->>'status' AS status, revision <> row_number() OVER (ORDER BY revision) AS gap
     FROM log.events WHERE stream = $1 AND revision > 0 ORDER BY revision`,
    [stream],
  );
  if (rows.some(({ gap, status }) => gap || status !== 'confirmed'))
    throw new Error(`${stream} is not what was asked for`);
  return rows;
}

/**
 * The service without HTTP, put together as its composition root does, with the settings of production: the command
 * path, the Postgres event store below that, and, when asked, the projector.
 */
export class Holdfast implements Contender {
  private readonly commands: CommandPath;
  private readonly closing = new AbortController();

  private constructor(
    private readonly config: StoreConfig,
    private readonly pool: pg.Pool,
    private readonly log: OpenLog,
    private readonly time: SystemTime,
    private readonly peers: LocalPeers | null,
  ) {
    this.commands = new CommandPath(config, log, time, peers);
  }

  /** `peers`: others that it asks and that ask it. */
  static async open(url: string, locking: Locking, peers: PeerSettings | null = null): Promise<Holdfast> {
    const config = loadStoreConfig({ DATABASE_URL: url, LOCKING: locking });
    const pool = openPool(url, config, 'bench', silent);
    const time = new SystemTime({ skewLimitMs: config.clockSkewLimitMs, compareEveryMs: COMPARE_EVERY_MS });
    await time.compare(() => databaseTime(pool));
    const others = peers === null ? null : new LocalPeers(peers, 'holdfast', silent);
    const holdfast = new Holdfast(config, pool, openEventStore(url, config, silent), time, others);
    await others?.serve((question) => holdfast.commands.answer(question));
    void time.keepComparing(() => databaseTime(pool), holdfast.closing.signal);
    return holdfast;
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return this.commands.schedule(eventId, capacity);
  }

  book(eventId: string, userId: string): Promise<Told> {
    return this.commands.book(eventId, userId);
  }

  visit(eventId: string, userId: string, seats: number, hold: boolean): Promise<BookingReceipt | null> {
    return this.commands.visit(eventId, userId, seats, hold);
  }

  follow(then: 'confirm' | 'cancel', booking: BookingReceipt): Promise<BookingReceipt | null> {
    return this.commands.follow(then, booking);
  }

  booked(eventId: string): Promise<readonly Booked[]> {
    return bookedInLog(this.pool, this.commands.streams.of(eventId));
  }

  /** Until the processes that it was told of are all there. */
  async untilJoined(): Promise<void> {
    while ((this.peers?.away ?? 0) > 0) await sleep(POLL_MS);
  }

  /** Events whose ledgers are in memory. */
  cachedEvents(): number {
    return this.commands.cachedEvents();
  }

  /** Records a second that the feed gives, from so many before the end of the log on. */
  async feedRate(records: number): Promise<number> {
    const head = await this.log.feed.head();
    const from = head > BigInt(records) ? head - BigInt(records) : 0n;
    const ending = new AbortController();
    const beganAt = performance.now();
    let read = 0;
    for await (const page of this.log.feed.after(from as typeof head, ending.signal)) {
      read += page.length;
      if (page.at(-1)!.position >= head) ending.abort();
    }
    return (read / (performance.now() - beganAt)) * 1_000;
  }

  /** Domain events in the whole log: positions have no gaps. */
  async logLength(): Promise<number> {
    return Number(await this.log.feed.head());
  }

  /** Folds the log into the read model, as the service does beside its requests, until the answered function is called. */
  startProjector(): () => Promise<void> {
    const { pool, log, time, config } = this;
    const stopping = new AbortController();
    const { parts, settings } = projectorParts({ pool, ...log, time, logger: silent }, config, 1);
    const running = new Projector(parts, settings).run(stopping.signal);
    return async () => {
      stopping.abort();
      await running;
    };
  }

  /** Until the read model shows all that is in the log now. Throws when the projector halts or takes longer. */
  async untilProjected(boundMs: number): Promise<void> {
    const length = await this.logLength();
    for (const end = performance.now() + boundMs; performance.now() < end; await sleep(POLL_MS)) {
      const text = 'SELECT position::text, bare, halt_reason AS halt FROM projections.checkpoint WHERE live';
      const { rows } = await this.pool.query<{ position: string; bare: boolean; halt: string | null }>(text);
      if (rows[0]?.halt != null) throw new Error(`the projector halted: ${rows[0].halt}`);
      if (Number(rows[0]?.position) >= length && rows[0]?.bare === false) return;
    }
    throw new Error(`the projector has not caught up in ${boundMs} ms`);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.peers?.close();
    await Promise.all([this.log.close(), this.pool.end()]);
  }
}
