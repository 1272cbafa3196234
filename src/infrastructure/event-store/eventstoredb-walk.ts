import type { ResolvedEvent } from '@eventstore/db-client';
import type { Position } from '../../application/ports.js';
import { hashIn } from './chain.js';
import type { StoredRecord } from './codec.js';
import { collect, eventStoreDb, type EventStoreDbConnection } from './eventstoredb-connection.js';
import { unavailable } from './eventstoredb-errors.js';
import { positionOf, storedOf } from './eventstoredb-records.js';
import type { DatedRecord, Finding, Head, LogWalk, Place, PlacedLink } from './log-walk.js';

const PAGE = 1_000;

/**
 * The log in EventStoreDB up to where it ended when it was first asked. Its server keeps no books of ours, so a missing
 * end shows only against a seal; and it lists no streams, so `heads` remembers the last record of each.
 */
export class EventStoreDbWalk implements LogWalk {
  readonly isGapless = false;
  private end: Promise<Position> | null = null;

  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly settings: { readonly prefix: string; readonly readTimeoutMs: number },
    private readonly feed: { head(): Promise<Position> },
  ) {}

  head(): Promise<Position> {
    return (this.end ??= this.feed.head());
  }

  pages(): AsyncGenerator<readonly StoredRecord[]> {
    return this.after(0n, storedOf);
  }

  dated(after: Position): AsyncGenerator<readonly DatedRecord[]> {
    return this.after(after, (event) => ({
      ...storedOf(event),
      recordedAt: (event.event?.created ?? new Date(0)).toISOString(),
    }));
  }

  async linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]> {
    const links: (PlacedLink | null)[] = [];
    for (const place of places) links.push(await this.linkAt(place));
    return links;
  }

  async *heads(upTo: Position | null = null): AsyncGenerator<readonly Head[]> {
    const heads = new Map<string, Head>();
    for await (const page of this.pages())
      for (const record of page) {
        if (upTo !== null && record.position > upTo) break;
        const { stream, revision } = record;
        heads.set(stream, { stream, revision, hash: hashIn(record) });
      }
    yield [...heads.values()].sort((a, b) => Buffer.compare(Buffer.from(a.stream), Buffer.from(b.stream)));
  }

  async misfits(): Promise<readonly Finding[]> {
    return [];
  }

  async close(): Promise<void> {}

  private async *after<Of extends StoredRecord>(
    position: Position,
    recordOf: (event: ResolvedEvent) => Of,
  ): AsyncGenerator<readonly Of[]> {
    const head = await this.head();
    for (let from: Position | null = position === 0n ? null : position; ;) {
      const read: ResolvedEvent[] = await this.readAll(from);
      // A page that begins at a position has the record at it, which the page before has had.
      const fresh = read.filter((event) => from === null || positionOf(event) > from);
      const ours = fresh.filter(({ event }) => event?.streamId.startsWith(this.settings.prefix)).map(recordOf);
      const known = ours.filter(({ position }) => position <= head);
      if (known.length > 0) yield known;
      const last = fresh.at(-1);
      if (last === undefined || positionOf(last) >= head) return;
      from = positionOf(last);
    }
  }

  private readAll(from: Position | null): Promise<ResolvedEvent[]> {
    const { credentials } = this.connection;
    const fromPosition = from === null ? eventStoreDb().START : { commit: from, prepare: from };
    const options = { fromPosition, maxCount: PAGE, requiresLeader: true, credentials } as const;
    return this.call((client, givenUp) => collect(client.readAll(options), givenUp));
  }

  private async linkAt({ stream, revision }: Place): Promise<PlacedLink | null> {
    const { credentials } = this.connection;
    const options = { fromRevision: BigInt(revision), maxCount: 1, requiresLeader: true, credentials } as const;
    const [found] = await this.call((client, givenUp) => collect(client.readStream(stream, options), givenUp)).catch(
      (error: Error) => {
        const { type } = (error.cause ?? {}) as { type?: unknown };
        if (type === 'stream-not-found' || type === 'stream-deleted') return [];
        throw error;
      },
    );
    if (found === undefined) return null;
    const record = storedOf(found);
    return record.revision === revision ? { ...record, hash: hashIn(record) } : null;
  }

  private async call(work: Parameters<EventStoreDbConnection['call']>[1]): Promise<ResolvedEvent[]> {
    try {
      return (await this.connection.call(this.settings.readTimeoutMs, work)) as ResolvedEvent[];
    } catch (error) {
      throw unavailable(error);
    }
  }
}
