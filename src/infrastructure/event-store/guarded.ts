import { StoreUnavailable } from '../../application/errors.js';
import type { Appended, Conflict, EventStore, RecordedEvent, Sealed } from '../../application/ports.js';

/** A store that lets nothing be written until it is known to be the right one, nor while there is something to mend. */
export class GuardedStore implements EventStore {
  /** Why nothing may be written; null: it may. */
  reason: string | null = 'the log has not been compared with the read model yet';
  readonly locked?: NonNullable<EventStore['locked']>;

  constructor(private readonly store: EventStore) {
    const { locked } = store;
    if (locked === undefined) return;
    this.locked = (stream, work) => this.guarded(() => locked(stream, work));
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
    return this.store.read(stream, fromRevision, maxCount, cause);
  }

  append(stream: string, expectedRevision: number, sealed: readonly Sealed[]): Promise<Appended | Conflict> {
    return this.guarded(() => this.store.append(stream, expectedRevision, sealed));
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.reason !== null) throw new StoreUnavailable(this.reason);
    return work();
  }
}
