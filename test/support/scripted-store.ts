import { setTimeout } from 'node:timers/promises';
import { OutcomeUnknown, StoreUnavailable } from '../../src/application/errors.js';
import type { Appended, Conflict, EventStore, RecordedEvent, Sealed } from '../../src/application/ports.js';

/**
 * What happens to one append. `lost` and `late` are unknown to the caller: never written, or written after `lateMs`.
 * `conflict` is said after `2 * lateMs` by a store that does not recognise a re-send.
 */
export type AppendFault = 'written-unanswered' | 'lost' | 'late' | 'unavailable' | 'conflict' | 'broken';

/**
 * What happens to one locked round: no lock is given; or the work is done, and its commit was refused, went unanswered
 * (and came to nothing, or not), or met a conflict.
 */
export type LockFault = 'unavailable' | 'uncommitted' | 'lost' | 'written-unanswered' | 'conflict';

/** A store whose next appends and reads go wrong as the test says; otherwise the store that it stands before. */
export class ScriptedStore implements EventStore {
  readonly appends: { stream: string; expectedRevision: number; ids: string[] }[] = [];
  reads = 0;
  readonly faults: AppendFault[] = [];
  /** Throws StoreUnavailable for so many reads. */
  failingReads = 0;
  /** Resolves before an append goes on: a test holds the wire with it. */
  gate: Promise<void> = Promise.resolve();
  lateMs = 30;
  /** Resolves before a read goes on. */
  readGate: Promise<void> = Promise.resolve();
  readonly lockFaults: LockFault[] = [];
  locks = 0;

  constructor(private readonly inner: EventStore) {}

  readonly locked: NonNullable<EventStore['locked']> = async (stream, work) => {
    this.locks += 1;
    const fault = this.lockFaults.shift();
    await this.gate;
    if (fault === 'unavailable') throw new StoreUnavailable('scripted');
    const isWritten = fault === undefined || fault === 'written-unanswered';
    const result = await this.inner.locked!(stream, async (read) => {
      const batch = await work(read);
      return isWritten ? batch : null;
    });
    if (fault === 'uncommitted') throw new StoreUnavailable('scripted');
    if (fault === 'lost' || fault === 'written-unanswered') throw new OutcomeUnknown('scripted');
    return fault === 'conflict' ? { kind: 'conflict' } : result;
  };

  identity(): Promise<string> {
    return this.inner.identity();
  }

  async *read(stream: string, fromRevision: number, maxCount?: number): AsyncGenerator<readonly RecordedEvent[]> {
    this.reads += 1;
    await this.readGate;
    if (this.failingReads > 0) {
      this.failingReads -= 1;
      throw new StoreUnavailable('scripted');
    }
    yield* this.inner.read(stream, fromRevision, maxCount);
  }

  async append(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Promise<Appended | Conflict> {
    this.appends.push({ stream, expectedRevision, ids: sealed.map(({ id }) => id) });
    const fault = this.faults.shift();
    await this.gate;
    if (fault === 'unavailable') throw new StoreUnavailable('scripted');
    if (fault === 'lost') throw new OutcomeUnknown('scripted');
    if (fault === 'broken') throw new Error('scripted');
    if (fault === 'late') {
      void setTimeout(this.lateMs).then(() => this.inner.append(stream, expectedRevision, sealed));
      throw new OutcomeUnknown('scripted');
    }
    if (fault === 'conflict') {
      await setTimeout(2 * this.lateMs);
      return { kind: 'conflict' };
    }
    const result = await this.inner.append(stream, expectedRevision, sealed);
    if (fault === 'written-unanswered') throw new OutcomeUnknown('scripted');
    return result;
  }
}
