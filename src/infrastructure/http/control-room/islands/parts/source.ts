import { Follower, type Connection } from './feed.js';
import { readAll, readOne, SignedOut } from './reading.js';
import { Rows, type Row } from './rows.js';

const READS_AT_ONCE = 4;
/** Whoever is not told of everything reads it all again. */
const REREAD_MS = 30_000;
/** Between looks at what is to be read again. */
const LOOK_MS = 80;

interface Options {
  /** As in the query of `GET /v1/events`. */
  readonly query: string;
  /** Whether the feed tells of everybody's bookings. */
  readonly seesAll: boolean;
}

interface Listener {
  /** More events were read. */
  read(): void;
  connection(connection: Connection): void;
}

/** The events of a list, read page by page and from there on kept up to date by the feed. */
export class Source {
  rows = new Rows();
  isLoading = true;
  private follower: Follower | null = null;
  private reading = 0;
  private readonly timers: ReturnType<typeof setInterval>[];

  constructor(
    private readonly options: Options,
    private readonly listener: Listener,
  ) {
    this.timers = [setInterval(() => void this.readStale(), LOOK_MS)];
    if (!options.seesAll) this.timers.push(setInterval(() => void this.reread(), REREAD_MS));
    void this.start();
  }

  end(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.follower?.stop();
  }

  private async start(): Promise<void> {
    this.follower?.stop();
    this.rows = new Rows();
    const position = await this.readEverything();
    if (position === null) return;
    this.isLoading = false;
    this.listener.read();
    this.follower = new Follower(position, {
      facts: (facts) => {
        for (const fact of facts) this.rows.apply(fact);
      },
      connection: (connection) => this.tell(connection),
    });
  }

  private async readEverything(): Promise<string | null> {
    const take = (rows: readonly Row[], position: string): void => {
      for (const row of rows) this.rows.put(row, position);
      this.listener.read();
    };
    try {
      return await readAll(this.options.query, take, () => this.tell('away'));
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      this.tell('ended');
      return null;
    }
  }

  private async reread(): Promise<void> {
    if (!this.isLoading && !document.hidden) await this.readEverything();
  }

  private tell(connection: Connection): void {
    this.listener.connection(connection);
    if (connection === 'too-old') void this.start();
  }

  private async readStale(): Promise<void> {
    const { rows } = this;
    for (const [eventId, position] of rows.stale) {
      if (this.reading >= READS_AT_ONCE) return;
      this.reading += 1;
      rows.stale.delete(eventId);
      const row = await readOne(eventId, position);
      this.reading -= 1;
      if (row === null) {
        rows.stale.set(eventId, position);
        return;
      }
      if (row !== 'gone') rows.put(row, position);
    }
  }
}
