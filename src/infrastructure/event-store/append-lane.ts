import { StoreUnavailable } from '../../application/errors.js';
import type { Appended, Conflict, Sealed, Span, Tracer } from '../../application/ports.js';
import { CONFLICT, HELD, isFaultOfOne, type StreamBatch } from './postgres-statements.js';
import type { Flushed, PostgresWriter } from './postgres-writer.js';

/** One call of `append`, on its way. */
export interface Call extends StreamBatch {
  readonly askedAtMs: number;
  /** Goes into the log alone or not at all: it could not together with another. */
  isSingle: boolean;
  /** How often another transaction has been found to hold its stream. */
  timesHeld: number;
  /** The traceparent of whoever waits. */
  readonly cause: string | undefined;
  readonly resolve: (result: Appended | Conflict) => void;
  readonly reject: (error: Error) => void;
}

export interface LaneSettings {
  /** Streams in one flush, at most. */
  readonly streams: number;
  /** Records in one flush; the last call to fit may go beyond. */
  readonly records: number;
  /** Calls that wait to be sent, at most. */
  readonly calls: number;
  /** How long a call may wait to be sent. */
  readonly queueAgeMs: number;
  /** Whether to wait for a stream that another transaction holds. */
  readonly waits: boolean;
}

const CLOSED = 'the event store is closed';
/** Flushes of fewer streams are not worth an extra turn. */
const EVEN_OUT_FROM = 16;

interface Group extends StreamBatch {
  readonly calls: Call[];
  readonly sealed: Sealed[];
}

/**
 * Group append: calls that arrive together, or while a flush is in flight, share the next one: one round trip, one
 * commit. The next flush is on the wire before the callers of the last one are woken, so that the database works while
 * they do (docs/adr/0003-group-append.md).
 */
export class AppendLane {
  private queue: Call[] = [];
  private isBusy = false;
  private isScheduled = false;
  private isClosed = false;
  private whenIdle: (() => void)[] = [];

  /** `retry` gets the calls that this lane could not serve together with others, or without waiting. */
  constructor(
    private readonly writer: PostgresWriter,
    private readonly settings: LaneSettings,
    private readonly retry: (calls: readonly Call[]) => void,
    private readonly onAppended: () => void,
    private readonly tracer: Tracer | null,
  ) {}

  add(call: Call): void {
    if (this.isClosed) return call.reject(new StoreUnavailable(CLOSED));
    if (this.queue.length >= this.settings.calls)
      return call.reject(new StoreUnavailable('too many appends are waiting'));
    this.queue.push(call);
    if (this.isBusy || this.isScheduled) return;
    this.isScheduled = true;
    // Everything that arrives in this turn of the event loop goes into one flush.
    setImmediate(() => {
      this.isScheduled = false;
      this.pump();
    });
  }

  /** Refuses what has not been sent, and waits for what has. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.rejectAll(new StoreUnavailable(CLOSED));
    if (this.isBusy) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
    await this.writer.close();
  }

  private pump(): void {
    if (this.isBusy) return;
    for (const resume of this.whenIdle.splice(0)) resume();
    if (this.queue.length === 0) return;
    if (!this.writer.isConnected) return this.reconnect();
    const groups = this.take();
    if (groups.length === 0) return;
    this.isBusy = true;
    const span = this.tracer === null ? null : beginFlush(this.tracer, groups);
    this.writer.flush(groups, this.settings.waits, (flushed) => {
      span?.end('error' in flushed ? flushed.error : undefined);
      if ('results' in flushed && flushed.results.some((result) => result > 0n)) this.onAppended();
      this.goOn(groups, flushed);
    });
  }

  /**
   * The next flush, then the answers to this one. When far fewer wait than have just arrived, half of these are answered
   * first: who asks again joins the next flush, and flushes become even. Left alone, all callers end up in one flush, and
   * the database idles while they are decided, as they do while it writes.
   */
  private goOn(groups: readonly Group[], flushed: Flushed): void {
    const isUneven = groups.length >= EVEN_OUT_FROM && 2 * this.queue.length < groups.length;
    const early = isUneven ? groups.length >> 1 : 0;
    const sendAndAnswer = (): void => {
      this.isBusy = false;
      this.pump();
      setImmediate(() => this.answer(groups, flushed, early, groups.length));
    };
    if (early === 0) return sendAndAnswer();
    setImmediate(() => {
      this.answer(groups, flushed, 0, early);
      setImmediate(sendAndAnswer);
    });
  }

  private reconnect(): void {
    this.isBusy = true;
    this.writer
      .connect()
      .catch((error: StoreUnavailable) => this.rejectAll(error))
      .finally(() => {
        this.isBusy = false;
        this.pump();
      });
  }

  private rejectAll(error: StoreUnavailable): void {
    for (const { reject } of this.queue.splice(0)) reject(error);
  }

  /** The next flush: each stream once, appends that follow each other joined; what does not fit waits. */
  private take(): Group[] {
    const groups = new Map<string, Group>();
    const later: Call[] = [];
    const oldest = Date.now() - this.settings.queueAgeMs;
    let records = 0;
    for (const call of this.queue) {
      if (call.askedAtMs < oldest) {
        call.reject(new StoreUnavailable('the append waited too long to be sent'));
        continue;
      }
      const group = groups.get(call.stream);
      const isFull = records >= this.settings.records || (group === undefined && groups.size >= this.settings.streams);
      if (isFull || (group !== undefined && !follows(group, call))) {
        later.push(call);
        continue;
      }
      records += call.sealed.length;
      if (group === undefined) groups.set(call.stream, groupOf(call));
      else {
        group.sealed.push(...call.sealed);
        group.calls.push(call);
      }
    }
    this.queue = later;
    return [...groups.values()];
  }

  /** Those groups `from` … `to` - 1. */
  private answer(groups: readonly Group[], flushed: Flushed, from: number, to: number): void {
    if ('error' in flushed) {
      const calls = groups.slice(from, to).flatMap((group) => group.calls);
      if (calls.length > 1 && isFaultOfOne(flushed.cause)) this.retry(calls.map(alone));
      else for (const { reject } of calls) reject(flushed.error);
      return;
    }
    for (let at = from; at < to; at += 1) this.answerGroup(groups[at]!.calls, flushed.results[at]!);
  }

  private answerGroup(calls: readonly Call[], result: bigint): void {
    if (result === HELD) {
      for (const call of calls) call.timesHeld += 1;
      this.retry(calls);
    } else if (result === CONFLICT && calls.length > 1) this.retry(calls.map(alone));
    else
      for (const { resolve } of calls)
        resolve(result === CONFLICT ? { kind: 'conflict' } : { kind: 'appended', position: result });
  }
}

/** One statement for many: a step of the first trace, linked to the others. Null where nobody is traced. */
function beginFlush(tracer: Tracer, groups: readonly Group[]): Span | null {
  const causes = groups.flatMap(({ calls }) => calls.map(({ cause }) => cause)).filter((cause) => cause !== undefined);
  if (causes.length === 0) return null;
  const statement = { 'db.system.name': 'postgresql', 'db.query.summary': 'SELECT log.append' };
  const records = groups.reduce((sum, { sealed }) => sum + sealed.length, 0);
  const size = { 'holdfast.streams': groups.length, 'holdfast.records': records };
  return tracer.begin('SELECT log.append', 'client', causes, { ...statement, ...size });
}

const groupOf = (call: Call): Group => ({
  stream: call.stream,
  expectedRevision: call.expectedRevision,
  sealed: [...call.sealed],
  calls: [call],
});

const follows = (group: Group, call: Call): boolean =>
  !call.isSingle && !group.calls[0]!.isSingle && call.expectedRevision === group.expectedRevision + group.sealed.length;

function alone(call: Call): Call {
  call.isSingle = true;
  return call;
}
