import { createRequire } from 'node:module';
import type { EventStoreDBClient, ResolvedEvent, START, jsonEvent, streamNameFilter } from '@eventstore/db-client';
import { TimedOut, isTimeout } from './eventstoredb-errors.js';

/** What we use of the client's library. */
interface Library {
  readonly EventStoreDBClient: typeof EventStoreDBClient;
  readonly START: typeof START;
  readonly jsonEvent: typeof jsonEvent;
  readonly streamNameFilter: typeof streamNameFilter;
}

/**
 * Loaded by the first use of it: that is a sixth of a process's start, and of how long it is away after a crash, which
 * nobody should pay whose log is in Postgres.
 */
export const eventStoreDb = (): Library => (library ??= load('@eventstore/db-client') as Library);
const load = createRequire(import.meta.url);
let library: Library | undefined;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The client behind one address, with a time limit of our own on every call. */
export class EventStoreDbConnection {
  /**
   * Their presence makes the client send an append as a call of its own, with a deadline, and not through the one long
   * call that all clients of a process share and in which appends can hang for ever or fail by another's fault. Over an
   * insecure channel the client sends none.
   */
  readonly credentials: Credentials;
  private readonly address: string;
  private client: EventStoreDBClient | null = null;
  private clients = 0;
  private timeoutsInARow = 0;

  /** Throws what the client says about an address that it cannot read. */
  constructor(url: string) {
    this.address = url.replace(/^kurrentdb/, 'esdb');
    const [, username = 'holdfast', password = 'holdfast'] =
      /^esdb(?:\+discover)?:\/\/([^:@/?]+):([^@/?]+)@/.exec(this.address)?.map(decodeURIComponent) ?? [];
    this.credentials = { username, password };
    this.client = this.connect();
  }

  /** Throws what the client throws, or TimedOut; then the signal of `work` fires. */
  async call<T>(timeoutMs: number, work: (client: EventStoreDBClient, givenUp: AbortSignal) => Promise<T>): Promise<T> {
    const client = (this.client ??= this.connect());
    const giveUp = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new TimedOut(`no answer within ${timeoutMs} ms`));
        giveUp.abort();
      }, timeoutMs);
    });
    try {
      const answer = await Promise.race([work(client, giveUp.signal), late]);
      this.timeoutsInARow = 0;
      return answer;
    } catch (error) {
      if (!isTimeout(error)) this.timeoutsInARow = 0;
      else if (++this.timeoutsInARow >= 2) this.abandon(client);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get isSecure(): boolean {
    return !/[?&]tls=false/i.test(this.address);
  }

  /** Of the server, as it says itself. */
  version(timeoutMs: number): Promise<string> {
    type Capable = { readonly capabilities: Promise<{ readonly serverVersion: string }> };
    return this.call(timeoutMs, async (client) => (await (client as unknown as Capable).capabilities).serverVersion);
  }

  /** A live stream of the client's, which the caller ends. */
  open<T>(start: (client: EventStoreDBClient) => T): T {
    return start((this.client ??= this.connect()));
  }

  close(): void {
    if (this.client !== null) closeChannel(this.client);
    this.client = null;
  }

  /** A connection that answers nothing may be dead without either side knowing; keep-alive needs 20 s to find out. */
  private abandon(client: EventStoreDBClient): void {
    if (this.client !== client) return;
    this.client = null;
    this.timeoutsInARow = 0;
    setTimeout(() => closeChannel(client), 60_000).unref();
  }

  private connect(): EventStoreDBClient {
    // Clients with the same options share their connection. What was abandoned must not come back.
    const keepAliveInterval = 10_000 + this.clients++;
    const separator = this.address.includes('?') ? '&' : '?';
    const isChosen = /[?&]keepAliveInterval=/i.test(this.address);
    const address = isChosen ? this.address : `${this.address}${separator}keepAliveInterval=${keepAliveInterval}`;
    return eventStoreDb().EventStoreDBClient.connectionString(address);
  }
}

/** The client offers no way to close its connection: `dispose` ends its calls only. */
function closeChannel(client: EventStoreDBClient): void {
  const { getChannel } = client as unknown as { getChannel(): Promise<{ close(): void }> };
  getChannel().then(
    (channel) => channel.close(),
    () => undefined,
  );
}

interface Readable extends NodeJS.ReadableStream {
  cancel(): Promise<void>;
}

/** What a read gives. An error that comes after its end would end the process if nobody listened any more. */
export function collect(read: unknown, givenUp: AbortSignal): Promise<ResolvedEvent[]> {
  const stream = read as Readable;
  const found: ResolvedEvent[] = [];
  givenUp.addEventListener('abort', () => void stream.cancel().catch(() => undefined));
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('end', () => resolve(found));
    stream.on('data', (event: ResolvedEvent) => found.push(event));
  });
}
