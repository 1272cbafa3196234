import { setTimeout as sleep } from 'node:timers/promises';
import type { Position as StorePosition, ResolvedEvent } from '@eventstore/db-client';
import { LOG_STREAM } from './eventstoredb.js';
import { EventStoreDbConnection, collect, eventStoreDb } from './eventstoredb-connection.js';
import { unavailable } from './eventstoredb-errors.js';
import { at, positionOf } from './eventstoredb-records.js';
import { CHECKPOINT_INTERVAL } from './eventstoredb-subscription.js';

/** The oldest server whose stream reads tell the positions that we need. */
const OLDEST_VERSION = [22, 10] as const;
/** Those that every server comes with, and the password that all of them have. */
const DEFAULT_USERS = ['admin', 'ops'];
const DEFAULT_PASSWORD = 'changeit';
const RETENTION = ['$maxCount', '$maxAge', '$tb'];
/** Servers before 23.10 do not say when a subscriber has caught up. */
const FIRST_LOOK_MS = 10_000;
/** How long a question waits for the first look to be over. */
const PATIENCE_MS = 1_000;
const WATCH_PAUSE_MS = 1_000;

/**
 * What an operator has to mend before this log may be written to: a server that is too old, a default password behind
 * TLS, metadata that would throw records of ours away. Looks from the first question on, and goes on looking.
 */
export class EventStoreDbGuard {
  /** By stream. */
  private readonly retention = new Map<string, string>();
  private readonly closing = new AbortController();
  private startedAtMs: number | null = null;
  private hasCaughtUp = false;
  private caughtUp: () => void = () => undefined;
  private readonly firstLook = new Promise<void>((resolve) => (this.caughtUp = resolve));
  private server: Promise<string | null> | null = null;

  constructor(
    private readonly url: string,
    private readonly connection: EventStoreDbConnection,
    private readonly settings: { readonly prefix: string; readonly readTimeoutMs: number },
  ) {}

  /** A sentence, or null when there is nothing to mend. Throws StoreUnavailable. */
  async problem(): Promise<string | null> {
    if (this.startedAtMs === null) void this.watch();
    this.startedAtMs ??= performance.now();
    if (!this.hasCaughtUp) await Promise.race([this.firstLook, sleep(PATIENCE_MS, null, { ref: false })]);
    this.server ??= this.inspect();
    const ofServer = await this.server.catch((error: unknown) => {
      this.server = null;
      throw unavailable(error);
    });
    if (ofServer !== null) this.server = null; // It may have been mended when we are asked again.
    const [ofStreams] = this.retention.values();
    return (
      ofServer ??
      ofStreams ??
      (this.isLooking ? 'EventStoreDB: the metadata of our streams is being looked through' : null)
    );
  }

  close(): void {
    this.closing.abort();
  }

  private get isLooking(): boolean {
    return !this.hasCaughtUp && performance.now() - (this.startedAtMs ?? 0) < FIRST_LOOK_MS;
  }

  /** Over a client of its own: one that could not ask for the server's version would not ask again. */
  private async inspect(): Promise<string | null> {
    const connection = new EventStoreDbConnection(this.url);
    try {
      const version = await connection.version(this.settings.readTimeoutMs);
      if (isTooOld(version))
        return `EventStoreDB: the server is version ${version}; ${OLDEST_VERSION.join('.')} or later is needed`;
      if (!connection.isSecure) return null;
      for (const username of DEFAULT_USERS)
        if (await this.letsIn(connection, username))
          return `EventStoreDB: the user "${username}" still has the password that every server comes with; change it`;
      return null;
    } finally {
      connection.close();
    }
  }

  private async letsIn(connection: EventStoreDbConnection, username: string): Promise<boolean> {
    const credentials = { username, password: DEFAULT_PASSWORD };
    try {
      await connection.call(this.settings.readTimeoutMs, (client, givenUp) =>
        collect(client.readStream(LOG_STREAM, { maxCount: 1, credentials }), givenUp),
      );
      return true;
    } catch (error) {
      const { type } = error as { type?: unknown };
      if (type === 'access-denied') return false;
      if (type === 'stream-not-found') return true;
      throw error;
    }
  }

  private async watch(): Promise<void> {
    let from: StorePosition | 'start' = 'start';
    let isAlive = true;
    const { signal } = this.closing;
    while (!signal.aborted) {
      const { credentials } = this.connection;
      const filter = eventStoreDb().streamNameFilter({
        prefixes: [`$$${this.settings.prefix}`, `$$${LOG_STREAM}`],
        checkpointInterval: CHECKPOINT_INTERVAL,
        checkpointReached: async (_, position) => {
          from = position;
          isAlive = true;
        },
      });
      const stream = this.connection.open((client) =>
        client.subscribeToAll({ fromPosition: from, filter, requiresLeader: true, credentials }),
      );
      let pulse: NodeJS.Timeout | undefined;
      let end = (): void => undefined;
      await new Promise<void>((resolve) => {
        end = resolve;
        stream.on('error', () => resolve()).on('end', resolve);
        stream.on('caughtUp', () => {
          this.hasCaughtUp = true;
          this.caughtUp();
        });
        stream.on('data', (event: ResolvedEvent) => {
          from = at(positionOf(event));
          isAlive = true;
          this.note(event);
        });
        signal.addEventListener('abort', end);
        // Before it has caught up it always has something to say.
        pulse = setInterval(() => {
          if (!isAlive && this.isLooking) resolve();
          isAlive = false;
        }, this.settings.readTimeoutMs);
      });
      clearInterval(pulse);
      signal.removeEventListener('abort', end);
      stream.unsubscribe().catch(() => undefined);
      await sleep(WATCH_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private note({ event }: ResolvedEvent): void {
    const stream = event?.streamId.slice('$$'.length) ?? '';
    const names = Object.keys((event?.data ?? {}) as object).filter((name) => RETENTION.includes(name));
    if (names.length === 0) this.retention.delete(stream);
    else
      this.retention.set(
        stream,
        `EventStoreDB: ${stream} has ${names.join(', ')} set: remove it, or bookings get lost`,
      );
  }
}

function isTooOld(version: string): boolean {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  return major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1]);
}
