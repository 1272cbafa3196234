import { OutcomeUnknown, StoreUnavailable } from '../../src/application/errors.js';
import type {
  Appended,
  Conflict,
  EventStore,
  RecordedEvent,
  Sealed,
  UnreadableRecord,
} from '../../src/application/ports.js';
import { Codec, UPCASTERS, readablePages, type StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import type { World } from './world.js';

/** What outlives every simulated process. `onRecord` sees each record at the moment at which it stands. */
export class SimulatedLog {
  readonly records: StoredRecord[] = [];
  private readonly streams = new Map<string, StoredRecord[]>();
  /** Who has each stream's row, and who waits for it. */
  private readonly locks = new Map<string, (() => void)[]>();
  private readonly decoded = new Map<StoredRecord, RecordedEvent | UnreadableRecord>();
  private readonly codec = new Codec(UPCASTERS);
  private readonly followers: (() => void)[] = [];

  constructor(private readonly onRecord: (record: StoredRecord) => void) {}

  stream(name: string): readonly StoredRecord[] {
    return this.streams.get(name) ?? [];
  }

  isTaken(stream: string, revision: number): boolean {
    return this.stream(stream).length > revision;
  }

  /** Calls `wake` once, when the log is longer than that. */
  whenLongerThan(length: number, wake: () => void): void {
    if (this.records.length > length) wake();
    else this.followers.push(wake);
  }

  /** Waits for those who came before; `release` may be called twice. */
  lock(stream: string, locked: (release: () => void) => void): void {
    const line = this.locks.get(stream) ?? [];
    this.locks.set(stream, line);
    const enter = (): void => {
      locked(() => {
        if (line[0] !== enter) return;
        line.shift();
        line[0]?.();
      });
    };
    if (line.push(enter) === 1) enter();
  }

  /** Each record is decoded once for all readers; whoever changed it would be thrown out. */
  decode(record: StoredRecord): RecordedEvent | UnreadableRecord {
    let decoded = this.decoded.get(record);
    if (decoded === undefined) {
      decoded = this.codec.decode(record);
      if ('event' in decoded)
        for (const part of [decoded, decoded.metadata, decoded.event, decoded.event.data]) Object.freeze(part);
      this.decoded.set(record, decoded);
    }
    return decoded;
  }

  /** Up to the first record that nobody can read. */
  readable(): RecordedEvent[] {
    const records: RecordedEvent[] = [];
    for (const record of this.records) {
      const decoded = this.decode(record);
      if ('unreadable' in decoded) break;
      records.push(decoded);
    }
    return records;
  }

  /** As every store must: exact revision, all or nothing, and an identical re-send is done already. */
  write(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Appended | Conflict {
    const inStream = this.stream(stream);
    const first = expectedRevision + 1;
    if (inStream.length < first) return { kind: 'conflict' };
    if (inStream.length === first) return this.push(stream, sealed);
    const there = inStream.slice(first, first + sealed.length);
    const isResent = there.length === sealed.length && there.every(({ id }, at) => id === sealed[at]!.id);
    return isResent ? { kind: 'appended', position: there.at(-1)!.position } : { kind: 'conflict' };
  }

  /** At the end of the stream, whatever revision they were made for. */
  push(stream: string, sealed: readonly Sealed[]): Appended {
    const inStream = this.streams.get(stream) ?? [];
    this.streams.set(stream, inStream);
    for (const { id, type, data, metadata } of sealed) {
      const position = BigInt(this.records.length + 1);
      const record = { stream, revision: inStream.length, position, id, type, data, metadata };
      inStream.push(record);
      this.records.push(record);
      this.onRecord(record);
    }
    for (const wake of this.followers.splice(0)) wake();
    return { kind: 'appended', position: BigInt(this.records.length) };
  }
}

/** What goes wrong on the way to the store and back, each as a share of all calls. */
export interface NetworkFaults {
  readonly unavailable: number;
  /** Unknown to the caller: never written, written at once, or written only later. */
  readonly lost: number;
  readonly unanswered: number;
  readonly late: number;
  /** Sent twice: the second copy arrives whenever it likes, and either may answer. */
  readonly twice: number;
  /** Takes seconds instead of milliseconds, there or back. */
  readonly slow: number;
  /** After an unknown outcome, a re-send of what is there is called a conflict: only a look at the tail tells. */
  readonly forgetful: number;
}

type Work = Parameters<NonNullable<EventStore['locked']>>[1];
type LockedBatch = NonNullable<Awaited<ReturnType<Work>>>;

/** The log's identity. */
export const LOG_ID = '51b00000';
const TIMEOUT_MS = 2_000;
const LATE_MS = 30;
const LATEST_MS = 8_000;

/**
 * One process's connection to the log. Calls overtake each other there and back. Once the process is dead nobody hears
 * the answers, but what was sent still arrives.
 */
export class SimulatedStore implements EventStore {
  /** The first ids of what was answered with unknown. */
  private readonly unknown = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly log: SimulatedLog,
    private readonly faults: () => NetworkFaults,
    private readonly isAlive: () => boolean,
  ) {}

  async identity(): Promise<string> {
    return LOG_ID;
  }

  async *read(stream: string, fromRevision: number, maxCount = Infinity): AsyncGenerator<readonly RecordedEvent[]> {
    const pageSize = this.world.chance(0.5) ? 1_000 : 1 + Math.floor(this.world.between(1, 8));
    const end = fromRevision + maxCount;
    for (let from = fromRevision; from < end; from += pageSize) {
      const to = Math.min(from + pageSize, end);
      const records = await this.ask(() => this.log.stream(stream).slice(from, to));
      if (records.length > 0) yield* readablePages(records.map((record) => this.log.decode(record)));
      if (records.length < pageSize) return;
    }
  }

  append(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Promise<Appended | Conflict> {
    const { world } = this;
    const faults = this.faults();
    const isAgain = this.unknown.has(sealed[0]!.id);
    const write = (): Promise<Appended | Conflict> =>
      new Promise((written) =>
        this.log.lock(stream, (release) => {
          const isForgotten =
            isAgain &&
            world.strikes(faults.forgetful, 'a re-send is called a conflict') &&
            this.log.isTaken(stream, expectedRevision + 1);
          written(isForgotten ? { kind: 'conflict' } : this.log.write(stream, expectedRevision, sealed));
          release();
        }),
      );
    return new Promise((resolve, reject) => {
      const unknown = (ms: number): void => {
        this.unknown.add(sealed[0]!.id);
        this.answer(ms, () => reject(new OutcomeUnknown('simulated')));
      };
      const send = (): void =>
        void world.after(this.wayMs(), () => {
          void write().then((result) => this.answer(this.wayMs(), () => resolve(result)));
        });
      const falls = (share: number, what: string): boolean => world.strikes(share, what);
      if (falls(faults.unavailable, 'append refused'))
        return this.answer(this.wayMs(), () => reject(new StoreUnavailable('simulated')));
      if (falls(faults.lost, 'append lost')) return unknown(world.between(0, TIMEOUT_MS));
      if (falls(faults.unanswered, 'append unanswered')) {
        const wayMs = this.wayMs();
        world.after(wayMs, () => void write());
        return unknown(wayMs + world.between(0, TIMEOUT_MS));
      }
      if (falls(faults.late, 'append late')) {
        world.after(world.between(0, world.chance(0.5) ? LATE_MS : LATEST_MS), () => void write());
        return unknown(world.between(0, world.chance(0.5) ? LATE_MS : TIMEOUT_MS));
      }
      if (falls(faults.twice, 'append sent twice')) send();
      send();
    });
  }

  /** A connection that dies lets its lock go; a commit that nobody hears of keeps it until it is through. */
  readonly locked = (stream: string, work: Work): Promise<Appended | Conflict | null> =>
    new Promise((resolve, reject) => {
      if (this.world.strikes(this.faults().unavailable, 'lock refused'))
        return this.answer(this.wayMs(), () => reject(new StoreUnavailable('simulated')));
      this.world.after(this.wayMs(), () =>
        this.log.lock(stream, (release) => {
          const begin = (): void => void this.underLock(stream, work, release).then(resolve, reject);
          this.answer(this.wayMs(), begin, release);
        }),
      );
    });

  private async underLock(stream: string, work: Work, release: () => void): Promise<Appended | Conflict | null> {
    try {
      const batch = await work(async (from) => {
        const records = await this.ask(() => this.log.stream(stream).slice(from), release);
        return [...readablePages(records.map((record) => this.log.decode(record)))].flat();
      });
      if (batch !== null) return await this.commit(stream, batch, release);
      release();
      return null;
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) release();
      throw error;
    }
  }

  private commit(stream: string, batch: LockedBatch, release: () => void): Promise<Appended | Conflict> {
    const { world } = this;
    const faults = this.faults();
    return new Promise((resolve, reject) => {
      const isLost = world.strikes(faults.lost, 'commit lost');
      const isLate = world.strikes(faults.late, 'commit late');
      const isUnheard = isLost || isLate || world.strikes(faults.unanswered, 'commit unanswered');
      world.after(isLate ? world.between(0, LATEST_MS) : this.wayMs(), () => {
        const result = isLost ? null : this.log.write(stream, batch.expectedRevision, batch.sealed);
        release();
        if (!isUnheard && result !== null) this.answer(this.wayMs(), () => resolve(result));
      });
      if (isUnheard) this.answer(world.between(0, TIMEOUT_MS), () => reject(new OutcomeUnknown('simulated')));
    });
  }

  /** The answer is what the log held when the question arrived, not when the answer does. */
  private ask<T>(question: () => T, unheard?: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.world.strikes(this.faults().unavailable, 'read refused'))
        return this.answer(this.wayMs(), () => reject(new StoreUnavailable('simulated')), unheard);
      this.world.after(this.wayMs(), () => {
        const result = question();
        // As often as not nothing comes between what is read and its answer: a step less.
        const settle = (): void => resolve(result);
        if (this.world.chance(0.5)) this.answer(this.wayMs(), settle, unheard);
        else if (this.isAlive()) settle();
        else unheard?.();
      });
    });
  }

  private answer(ms: number, settle: () => void, unheard?: () => void): void {
    this.world.after(ms, () => {
      if (this.isAlive()) settle();
      else unheard?.();
    });
  }

  private wayMs(): number {
    return this.world.strikes(this.faults().slow, 'slow') ? this.world.between(500, 4_000) : this.world.between(0.1, 4);
  }
}
