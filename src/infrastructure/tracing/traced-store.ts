import type {
  Appended,
  Conflict,
  EventStore,
  ReadTail,
  RecordedEvent,
  Sealed,
  Span,
  Tracer,
} from '../../application/ports.js';

/** Null: not yet, or nobody is traced. */
interface Begun {
  span: Span | null;
}

type Batch = { readonly expectedRevision: number; readonly sealed: readonly Sealed[] };

/** A store whose work for traced commands is a step of their traces; for whom, the records themselves say. */
export class TracedStore implements EventStore {
  readonly locked?: NonNullable<EventStore['locked']>;

  constructor(
    private readonly store: EventStore,
    private readonly tracer: Tracer,
  ) {
    const { locked } = store;
    if (locked !== undefined) this.locked = (stream, work) => this.tracedLock(locked, stream, work);
  }

  identity(): Promise<string> {
    return this.store.identity();
  }

  read(
    stream: string,
    fromRevision: number,
    maxCount?: number,
    cause?: string,
  ): AsyncIterable<readonly RecordedEvent[]> {
    if (cause === undefined) return this.store.read(stream, fromRevision, maxCount);
    return this.tracedRead(stream, fromRevision, maxCount, cause);
  }

  append(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Promise<Appended | Conflict> {
    const span = this.beginAppend(stream, sealed);
    if (span === null) return this.store.append(stream, expectedRevision, sealed);
    return ended({ span }, this.store.append(stream, expectedRevision, sealed, span.traceparent));
  }

  private async *tracedRead(
    stream: string,
    fromRevision: number,
    maxCount: number | undefined,
    cause: string,
  ): AsyncGenerator<readonly RecordedEvent[]> {
    const span = this.tracer.begin('read stream', 'client', [cause], { 'holdfast.stream': stream });
    let records = 0;
    let fault: unknown;
    try {
      for await (const page of this.store.read(stream, fromRevision, maxCount, span.traceparent)) {
        records += page.length;
        yield page;
      }
    } catch (error) {
      fault = error;
      throw error;
    } finally {
      // Also when whoever reads has seen enough.
      span.note({ 'holdfast.records': records });
      span.end(fault);
    }
  }

  /** Begun when it is known what is written, and for whom: with the lock held. */
  private async tracedLock(
    locked: NonNullable<EventStore['locked']>,
    stream: string,
    work: (read: ReadTail) => Promise<Batch | null>,
  ): Promise<Appended | Conflict | null> {
    const begun: Begun = { span: null };
    const result = locked(stream, async (read) => {
      const batch = await work(read);
      if (batch !== null) begun.span = this.beginAppend(stream, batch.sealed);
      return batch;
    });
    return ended(begun, result);
  }

  private beginAppend(stream: string, sealed: readonly Sealed[]): Span | null {
    const causes = causesOf(sealed);
    if (causes.length === 0) return null;
    return this.tracer.begin('append', 'client', causes, {
      ...{ 'holdfast.stream': stream, 'holdfast.records': sealed.length, 'holdfast.commands': causes.length },
    });
  }
}

async function ended<Result extends Appended | Conflict | null>(
  begun: Begun,
  result: Promise<Result>,
): Promise<Result> {
  try {
    const found = await result;
    if (found !== null) begun.span?.note({ 'holdfast.result': found.kind });
    begun.span?.end();
    return found;
  } catch (error) {
    begun.span?.end(error);
    throw error;
  }
}

/** It is the last member of a record's metadata, for members are in the order of their names. */
const TRACEPARENT = /,"traceparent":"([^"]+)"\}$/;

/** Each once: a command's facts all name the command. */
function causesOf(sealed: readonly Sealed[]): string[] {
  const causes = new Set<string>();
  for (const { metadata } of sealed) {
    const found = TRACEPARENT.exec(metadata)?.[1];
    if (found !== undefined) causes.add(found);
  }
  return [...causes];
}
