import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { EventStoreDbConnection } from '../../src/infrastructure/event-store/eventstoredb-connection.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { SystemTime } from '../../src/infrastructure/time.js';
import type { Ground } from './bench.js';
import { CommandPath } from './command-path.js';
import type { Booked, Contender, Told } from './contender.js';
import { silent } from './postgres.js';
import { ROOT } from './table.js';

/** The server on which everything of one run is measured. */
export interface EventStoreDbServer {
  readonly url: string;
  readonly description: string;
  /** What has to be known about every rate that is taken on it. */
  readonly caveat: string;
  /** Targets that only a server with a disk can be held to are not held against a stand-in. */
  readonly isReal: boolean;
  /** Ends it, if it was started here. */
  stop(): Promise<void>;
}

/** What every scenario on EventStoreDB is given. */
export interface EventStoreDbBench extends Ground {
  readonly server: EventStoreDbServer;
}

const START_TIMEOUT_MS = 30_000;
const ASK_TIMEOUT_MS = 5_000;

/**
 * The tests' stand-in in a process of its own, on any free port, with its log in memory. It is taken as it is in `test`,
 * and not from the build: nothing that is shipped knows of it. Throws when it does not start.
 */
export async function startStandIn(): Promise<EventStoreDbServer> {
  const child = fork(`${ROOT}test/support/eventstoredb/main.ts`, ['{}'], {
    execArgv: ['--import', pathToFileURL(`${ROOT}test/support/jest-typescript.mjs`).href],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const died = ended.then(() => Promise.reject(new Error('it ended at once')));
    const told = once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
    const [{ url }] = (await Promise.race([told, died])) as [{ url: string }];
    const description = 'a stand-in for EventStoreDB in JavaScript, in memory; its rates are not a real server’s';
    return { url, description, caveat: 'stand-in, not a real server’s rate', isReal: false, stop };
  } catch (error) {
    await stop();
    throw new Error('The stand-in did not start; it needs the development packages.', { cause: error });
  }
}

/** A server that runs already. What is measured there stays there, in streams of its own. Throws when it is not to be had. */
export async function runningServer(url: string): Promise<EventStoreDbServer> {
  const connection = new EventStoreDbConnection(url);
  try {
    const description = `EventStoreDB ${await connection.version(ASK_TIMEOUT_MS)}`;
    return { url, description, caveat: '', isReal: true, stop: () => Promise.resolve() };
  } catch (error) {
    throw new Error(`No EventStoreDB answers there: ${(error as Error).message}`, { cause: error });
  } finally {
    connection.close();
  }
}

/** Its log alone, with the settings of production. */
export const openLog = (url: string): OpenLog => openEventStore(url, configOf(url), silent);

const configOf = (url: string) => loadStoreConfig({ EVENT_STORE_URL: url });

/** The service without HTTP and without tables: the command handlers over the log on that server. */
export class HoldfastOnEventStoreDb implements Contender {
  private readonly log: OpenLog;
  private readonly commands: CommandPath;

  constructor(url: string) {
    const config = configOf(url);
    this.log = openEventStore(url, config, silent);
    // No database is there to compare this clock with.
    this.commands = new CommandPath(config, this.log, new SystemTime({ skewLimitMs: 0, compareEveryMs: 0 }));
  }

  schedule(eventId: string, capacity: number): Promise<void> {
    return this.commands.schedule(eventId, capacity);
  }

  book(eventId: string, userId: string): Promise<Told> {
    return this.commands.book(eventId, userId);
  }

  async booked(eventId: string): Promise<readonly Booked[]> {
    const stream = this.commands.streams.of(eventId);
    const found: Booked[] = [];
    // The store refuses gaps itself.
    for await (const page of this.log.store.read(stream, 1))
      for (const { event } of page) {
        if (event.type !== 'BookingConfirmed' || event.data.status !== 'confirmed')
          throw new Error(`${stream} is not what was asked for`);
        found.push(event.data);
      }
    return found;
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
