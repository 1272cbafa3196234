import type pg from 'pg';
import type { EventFeed, EventStore, Position, RecordedEvent, UnreadableRecord } from '../../application/ports.js';
import { ADVANCE } from './statements.js';

/** A subscription that this process delivers for. */
export interface Mine {
  readonly webhook_id: string;
  readonly position: number;
  readonly types: readonly string[] | null;
  readonly event_id: string | null;
  readonly pending: number;
}

type Page = readonly (RecordedEvent | UnreadableRecord)[];

/** A page that has not come by then is asked for again at the next look. In milliseconds. */
const PAGE_WITHIN_MS = 2_000;
const EMPTY: Page = [];

/**
 * Turns records into messages to be sent: in one statement with the place in the log up to which that is done, so that a
 * crash loses none and makes none twice. Those that stand at the same place share one read of the log.
 */
export class Intake {
  constructor(
    private readonly pool: pg.Pool,
    private readonly feed: EventFeed,
    private readonly store: Pick<EventStore, 'identity'>,
    private readonly eventIdOf: (stream: string) => string,
    private readonly processId: string,
    private readonly onGivenUp: (messages: number) => void,
  ) {}

  /** Answers whether there is more for somebody who has room for it. */
  async take(mine: readonly Mine[], mostPending: number, signal: AbortSignal): Promise<boolean> {
    const hungry = mine.filter(({ pending }) => pending < mostPending);
    if (hungry.length === 0) return false;
    const head = await this.feed.head();
    const behind = hungry.filter(({ position }) => BigInt(position) < head);
    const pages = new Map<number, Promise<Page>>();
    let isMore = false;
    for (const each of behind) {
      const page = await (pages.get(each.position) ?? this.page(BigInt(each.position), signal));
      pages.set(each.position, Promise.resolve(page));
      if (page.length === 0) continue;
      const last = await this.advance(each, page, mostPending - each.pending);
      isMore ||= last < head && each.pending + page.length < mostPending;
    }
    return isMore;
  }

  /** As many as there is room for; answers up to where that is. */
  private async advance(mine: Mine, page: Page, room: number): Promise<Position> {
    const rows: { readonly error: string | null; readonly [more: string]: unknown }[] = [];
    let last: Position = BigInt(mine.position);
    for (const record of page) {
      const eventId = this.eventIdOf(record.stream);
      const type = 'event' in record ? record.event.type : record.type;
      const isWanted = (mine.event_id ?? eventId) === eventId && (mine.types?.includes(type) ?? true);
      if (isWanted && rows.length === room) break;
      last = record.position;
      if (!isWanted) continue;
      const error = 'unreadable' in record ? 'unreadable' : null;
      const { id: messageId, revision, position } = record;
      rows.push({ messageId, eventId, type, revision, position: Number(position), error });
    }
    const logId = await this.store.identity();
    const values = [mine.webhook_id, mine.position, Number(last), this.processId, JSON.stringify(rows), logId];
    const { rowCount } = await this.pool.query(ADVANCE, values);
    const unreadable = rows.filter(({ error }) => error !== null).length;
    if (rowCount !== null && rowCount > 0 && unreadable > 0) this.onGivenUp(unreadable);
    return last;
  }

  /** The first page after a position; empty when none came in time. */
  private async page(position: Position, signal: AbortSignal): Promise<Page> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(PAGE_WITHIN_MS)]);
    for await (const page of this.feed.after(position, within)) return page;
    return EMPTY;
  }
}
