import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppendResult, EventStoreDBClient, JSONEventData, ResolvedEvent } from '@eventstore/db-client';
import { OutcomeUnknown, RecordMissing, StoreUnavailable, StreamUnreadable } from '../../application/errors.js';
import type { Appended, Conflict, EventStore, Position, RecordedEvent, Sealed } from '../../application/ports.js';
import { gaplessPages, type Codec } from './codec.js';
import { collect, eventStoreDb, type Credentials, type EventStoreDbConnection } from './eventstoredb-connection.js';
import { isConflict, isUnknown, refusal, typeOf, unavailable, wordsOf } from './eventstoredb-errors.js';
import { eventOf, recordOf } from './eventstoredb-records.js';

/** All times in milliseconds. */
export interface EventStoreDbSettings {
  /** One append, a re-send included; the server is told the same deadline. */
  readonly appendTimeoutMs: number;
  /** One page, one look at the end of the log. */
  readonly readTimeoutMs: number;
  /** An append that has waited so long to be sent is refused: nothing of it was written. */
  readonly queueAgeMs: number;
  /** Appends on the wire at the same time, each of another stream. */
  readonly appendsAtOnce: number;
}

export const EVENTSTOREDB_STORE: EventStoreDbSettings = {
  appendTimeoutMs: 2_000,
  readTimeoutMs: 2_000,
  queueAgeMs: 2_000,
  appendsAtOnce: 128,
};

/** Where the log's identity is: its last record counts. No booking stream can have this name. */
export const LOG_STREAM = 'holdfast-log';

/** Below the server's own limit of 1 MiB for one append, with room for what it adds. */
const MAX_APPEND_BYTES = 1_000_000;
const FIRST_PAGE = 500;
const NEXT_PAGE = 5_000;
/** Between an append that failed and its re-send. */
const RESEND_PAUSE_MS = 20;
const EIGHT_HEX = /^[0-9a-f]{8}$/;

interface Append {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly sealed: readonly Sealed[];
}

interface Waiting extends Append {
  readonly askedAtMs: number;
  resolve(result: Appended | Conflict): void;
  reject(error: unknown): void;
}

/**
 * One append call for each batch, one at a time for each stream, those of different streams side by side. The expected
 * revision is always exact; the record ids make a re-send recognisable. What the client gets wrong stays in here.
 */
export class EventStoreDbStore implements EventStore {
  private readonly waiting = new Map<string, Waiting[]>();
  private ready: string[] = [];
  private inFlight = 0;
  private isScheduled = false;
  private isClosed = false;

  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly settings: EventStoreDbSettings,
    private readonly codec: Codec,
    private readonly onAppended: (position: Position) => void,
  ) {}

  async identity(): Promise<string> {
    for (let tries = 0; tries < 3; tries++) {
      const last = await this.lastIdentity();
      const id = (last?.event?.data as { logId?: unknown } | undefined)?.logId;
      if (typeof id === 'string' && EIGHT_HEX.test(id)) return id;
      if (last !== undefined) throw new StreamUnreadable(`${LOG_STREAM} does not end with the identity of a log`);
      await this.makeIdentity(null);
    }
    throw new StoreUnavailable(`EventStoreDB: ${LOG_STREAM} cannot be written`);
  }

  /** Gives the log another identity, and answers it. Throws StoreUnavailable; then it may have one all the same. */
  async renew(): Promise<string> {
    const before = await this.identity();
    const last = await this.lastIdentity();
    await this.makeIdentity(last?.event?.revision ?? null);
    const after = await this.identity();
    if (after === before) throw new StoreUnavailable(`EventStoreDB: ${LOG_STREAM} cannot be written`);
    return after;
  }

  async *read(stream: string, fromRevision: number, maxCount = Infinity): AsyncGenerator<readonly RecordedEvent[]> {
    const end = fromRevision + maxCount;
    for (let [from, size] = [fromRevision, FIRST_PAGE]; from < end; size = NEXT_PAGE) {
      const limit = Math.min(size, end - from);
      const found = await this.readAny((client) =>
        client.readStream(stream, { ...this.reading(), fromRevision: BigInt(from), maxCount: limit }),
      );
      const page = found.map((event) => recordOf(this.codec, event));
      yield* gaplessPages(page, stream, from);
      if (page.length < limit) return;
      from += page.length;
    }
  }

  append(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Promise<Appended | Conflict> {
    return new Promise((resolve, reject) => {
      checkAppend({ stream, expectedRevision, sealed });
      if (this.isClosed) throw new StoreUnavailable('EventStoreDB: closing');
      const call = { stream, expectedRevision, sealed, askedAtMs: performance.now(), resolve, reject };
      const others = this.waiting.get(stream);
      if (others !== undefined) return void others.push(call);
      this.waiting.set(stream, [call]);
      this.ready.push(stream);
      this.schedule();
    });
  }

  /** Refuses what is not sent yet, and waits for the rest; may be called twice. */
  async close(): Promise<void> {
    this.isClosed = true;
    while (this.waiting.size > 0) await sleep(5);
  }

  /**
   * Appends begin in a turn of the event loop of their own. In the one in which another call has failed, the client may
   * just be closing the channel that it is about to hand out, and an append on it would never settle.
   */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      while (this.inFlight < this.settings.appendsAtOnce && this.ready.length > 0) void this.begin(this.ready.shift()!);
    });
  }

  private async begin(stream: string): Promise<void> {
    const calls = this.waiting.get(stream)!;
    const call = calls.shift()!;
    this.inFlight += 1;
    try {
      const waitedMs = performance.now() - call.askedAtMs;
      if (this.isClosed || waitedMs > this.settings.queueAgeMs)
        throw new StoreUnavailable('EventStoreDB: an append waited too long to be sent');
      call.resolve(await this.send(call));
    } catch (error) {
      call.reject(error);
    }
    this.inFlight -= 1;
    if (calls.length > 0) this.ready.push(stream);
    else this.waiting.delete(stream);
    this.schedule();
  }

  /**
   * Sent twice at most, within one time limit: the server forgets to answer a repeat that overtakes its original, a
   * leader moves, a connection breaks. After a first attempt of which nobody knows, a conflict proves nothing.
   */
  private async send(append: Append): Promise<Appended | Conflict> {
    const events = append.sealed.map(eventOf);
    const { appendTimeoutMs } = this.settings;
    const firstMs = Math.ceil(appendTimeoutMs / 2);
    try {
      return await this.attempt(append, events, firstMs);
    } catch (error) {
      if (isConflict(error)) return { kind: 'conflict' };
      if (!isUnknown(error)) throw refusal(error);
    }
    await sleep(RESEND_PAUSE_MS);
    try {
      return await this.attempt(append, events, appendTimeoutMs - firstMs);
    } catch (error) {
      throw error instanceof StreamUnreadable ? error : new OutcomeUnknown(wordsOf(error), { cause: error });
    }
  }

  private async attempt(append: Append, events: JSONEventData[], timeoutMs: number): Promise<Appended> {
    const { stream, expectedRevision, sealed } = append;
    const options = {
      expectedRevision: expectedRevision < 0 ? 'no_stream' : BigInt(expectedRevision),
      deadline: timeoutMs,
      ...this.reading(),
    } as const;
    const result = await this.connection.call(timeoutMs, (client) => client.appendToStream(stream, events, options));
    return this.appended(stream, expectedRevision + sealed.length, result);
  }

  private appended(stream: string, revision: number, result: AppendResult): Appended {
    // The server lets "must not exist" pass on a stream that was deleted, and numbers on from there.
    if (result.nextExpectedRevision !== BigInt(revision))
      throw new StreamUnreadable(`${stream} was written at ${result.nextExpectedRevision}: somebody has deleted it`);
    if (result.position === undefined) throw new OutcomeUnknown(`EventStoreDB: no position for ${stream}`);
    this.onAppended(result.position.commit);
    return { kind: 'appended', position: result.position.commit };
  }

  private async lastIdentity(): Promise<ResolvedEvent | undefined> {
    const options = { ...this.reading(), direction: 'backwards', fromRevision: 'end', maxCount: 1 } as const;
    const [last] = await this.readAny((client) => client.readStream(LOG_STREAM, options));
    return last;
  }

  /** `after`: the revision that it follows; null where there is none yet. */
  private async makeIdentity(after: bigint | null): Promise<void> {
    const event = eventStoreDb().jsonEvent({ type: 'LogIdentified', data: { logId: randomBytes(4).toString('hex') } });
    const { appendTimeoutMs: deadline } = this.settings;
    const options = { expectedRevision: after ?? 'no_stream', deadline, ...this.reading() } as const;
    try {
      await this.connection.call(deadline, (client) => client.appendToStream(LOG_STREAM, event, options));
    } catch (error) {
      // Somebody else has made it, or may have: the next read tells.
      if (!isConflict(error)) throw unavailable(error);
    }
  }

  private reading(): { requiresLeader: true; credentials: Credentials } {
    return { requiresLeader: true, credentials: this.connection.credentials };
  }

  private async readAny(start: (client: EventStoreDBClient) => unknown): Promise<ResolvedEvent[]> {
    try {
      return await this.connection.call(this.settings.readTimeoutMs, (client, givenUp) =>
        collect(start(client), givenUp),
      );
    } catch (error) {
      if (typeOf(error) === 'stream-not-found') return [];
      if (typeOf(error) === 'stream-deleted') throw new RecordMissing(wordsOf(error));
      throw unavailable(error);
    }
  }
}

/** An append that cannot be sent is a bug of the caller, or batches that are set too large. */
function checkAppend({ stream, expectedRevision, sealed }: Append): void {
  const isNext = sealed.every((record, n) => record.stream === stream && record.revision === expectedRevision + 1 + n);
  if (stream === '' || /[\p{Cc}]|^\$/u.test(stream)) throw new TypeError('no name for a stream of ours');
  if (sealed.length === 0 || !isNext) throw new TypeError(`records do not follow revision ${expectedRevision}`);
  const bytes = sealed.reduce(
    (sum, { type, data, metadata }) => sum + 2 * type.length + Buffer.byteLength(data) + Buffer.byteLength(metadata),
    0,
  );
  if (bytes > MAX_APPEND_BYTES)
    throw new StoreUnavailable(`EventStoreDB: ${bytes} bytes in one append, ${MAX_APPEND_BYTES} at most`);
}
