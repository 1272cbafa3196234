import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { UnknownPosition } from '../../application/errors.js';
import type {
  Appended,
  Conflict,
  MeasuredFeed,
  EventStore,
  Position,
  ReadTail,
  RecordedEvent,
  Sealed,
  UnreadableRecord,
} from '../../application/ports.js';
import { gaplessPages, type Codec, type StoredRecord } from './codec.js';

const PAGE = 1_000;

/** What outlives a process: stored text, the log's identity, and the locks on its streams. */
export class InMemoryLog {
  readonly records: StoredRecord[] = [];
  readonly streams = new Map<string, StoredRecord[]>();
  /** The end of the line at each stream that somebody has locked. */
  readonly locks = new Map<string, Promise<void>>();
  private readonly waiting = new Set<() => void>();

  constructor(readonly identity: string = randomBytes(4).toString('hex')) {}

  /** Stores whatever it is given, so that a test can put in what no version of ours would write. */
  push(record: Omit<StoredRecord, 'position'>): Position {
    const position = BigInt(this.records.length + 1);
    const { id, stream, revision, type, data, metadata } = record;
    const stored = { position, id, stream, revision, type, data, metadata };
    this.records.push(stored);
    const inStream = this.streams.get(stream);
    if (inStream === undefined) this.streams.set(stream, [stored]);
    else inStream.push(stored);
    for (const wake of this.waiting) wake();
    this.waiting.clear();
    return position;
  }

  /** Resolves at the next push, or when the signal fires. */
  pushed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}

/** The reference adapter: an array. Every call takes a turn of the event loop, as a real store would at least. */
export class InMemoryEventStore implements EventStore {
  constructor(
    private readonly log: InMemoryLog,
    private readonly codec: Codec,
  ) {}

  async identity(): Promise<string> {
    return this.log.identity;
  }

  async *read(stream: string, fromRevision: number, maxCount = Infinity): AsyncGenerator<readonly RecordedEvent[]> {
    const end = fromRevision + maxCount;
    for (let from = fromRevision; from < end; from += PAGE) {
      await turn();
      const records = (this.log.streams.get(stream) ?? []).slice(from, Math.min(from + PAGE, end));
      const page = records.map((record) => this.codec.decode(record));
      yield* gaplessPages(page, stream, from);
      if (records.length < PAGE) return;
    }
  }

  async append(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Promise<Appended | Conflict> {
    await turn();
    const held = this.log.locks.get(stream);
    if (held !== undefined) return this.underLock(stream, async () => this.write(stream, expectedRevision, sealed));
    return this.write(stream, expectedRevision, sealed);
  }

  readonly locked = async (
    stream: string,
    work: (read: ReadTail) => Promise<{ expectedRevision: number; sealed: readonly Sealed[] } | null>,
  ): Promise<Appended | Conflict | null> =>
    this.underLock(stream, async () => {
      const batch = await work((fromRevision) => this.tail(stream, fromRevision));
      return batch === null ? null : this.write(stream, batch.expectedRevision, batch.sealed);
    });

  private async tail(stream: string, fromRevision: number): Promise<readonly RecordedEvent[]> {
    const records: RecordedEvent[] = [];
    for await (const page of this.read(stream, fromRevision)) records.push(...page);
    return records;
  }

  private write(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Appended | Conflict {
    const inStream = this.log.streams.get(stream) ?? [];
    const first = expectedRevision + 1;
    if (inStream.length < first) return { kind: 'conflict' };
    if (inStream.length === first) {
      const positions = sealed.map((record) => this.log.push(record));
      return { kind: 'appended', position: positions.at(-1)! };
    }
    const there = inStream.slice(first, first + sealed.length);
    const isResent = there.length === sealed.length && there.every(({ id }, i) => id === sealed[i]!.id);
    return isResent ? { kind: 'appended', position: there.at(-1)!.position } : { kind: 'conflict' };
  }

  /** One at a time per stream, first come first served. */
  private async underLock<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const before = this.log.locks.get(stream) ?? Promise.resolve();
    const result = before.then(work);
    const released = result.then(
      () => undefined,
      () => undefined,
    );
    this.log.locks.set(stream, released);
    try {
      return await result;
    } finally {
      if (this.log.locks.get(stream) === released) this.log.locks.delete(stream);
    }
  }
}

export class InMemoryEventFeed implements MeasuredFeed {
  constructor(
    private readonly log: InMemoryLog,
    private readonly codec: Codec,
  ) {}

  async *after(position: Position, signal: AbortSignal): AsyncGenerator<readonly (RecordedEvent | UnreadableRecord)[]> {
    for (let next = Number(position); !signal.aborted;) {
      const page = this.log.records.slice(next, next + PAGE);
      next += page.length;
      if (page.length > 0) yield page.map((record) => this.codec.decode(record));
      else await this.log.pushed(signal);
    }
  }

  async head(): Promise<Position> {
    return BigInt(this.log.records.length);
  }

  async isWithin(position: Position, records: number): Promise<boolean> {
    return this.log.records.length - Number(position) <= records;
  }

  async latest(records: number): Promise<readonly (RecordedEvent | UnreadableRecord)[]> {
    return this.log.records.slice(-records).map((record) => this.codec.decode(record));
  }

  async lastBefore(position: Position): Promise<Position> {
    if (position > (await this.head())) throw new UnknownPosition('a position beyond the end of the log');
    return position > 0n ? position - 1n : 0n;
  }
}
