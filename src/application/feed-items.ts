import { isClaimFact } from '../domain/booking/events.js';
import type { Position, RecordedEvent, UnreadableRecord } from './ports.js';

/** What a feed gives: records, those that cannot be read among them. */
export type FeedRecord = RecordedEvent | UnreadableRecord;

/** What one reader of the feed is shown. */
export interface Audience {
  /** Whose bookings; null: everybody's, and whatever else there is. */
  readonly userId: string | null;
  /** Null: of every event. */
  readonly eventId: string | null;
  /** Types of domain events; null: all. */
  readonly types: ReadonlySet<string> | null;
  /** What one request has led to, as far as this reader is told by which it was; null: every request. */
  readonly correlationId: string | null;
}

/**
 * A record as the text that readers get. `discreet`: for a user who did not do it, so without who did and by which
 * request.
 */
export type EncodeFact = (record: FeedRecord, eventId: string, logId: string, discreet: boolean) => string;

/** A record on its way to readers. Its text is made when the first of them wants it, once for all. */
export class FeedItem {
  readonly position: Position;
  /** Whose booking it is about; null: about the event. */
  readonly owner: string | null;
  private whole: string | null = null;
  private discreet: string | null = null;

  constructor(
    private readonly record: FeedRecord,
    private readonly eventId: string,
    private readonly logId: string,
    private readonly encode: EncodeFact,
  ) {
    this.position = record.position;
    this.owner = 'event' in record && isClaimFact(record.event) ? record.event.data.userId : null;
  }

  /** Facts about an event are for everybody, as events are; whom an unreadable record concerns nobody can tell. */
  isFor({ userId, eventId, types, correlationId }: Audience): boolean {
    const { record, owner } = this;
    if (userId !== null && ('unreadable' in record || (owner !== null && owner !== userId))) return false;
    if (eventId !== null && eventId !== this.eventId) return false;
    if (correlationId !== null && !this.isOfRequest(correlationId, userId)) return false;
    return types === null || types.has('event' in record ? record.event.type : record.type);
  }

  /** A reader who is not told by which request something was done does not find it out by asking either. */
  private isOfRequest(correlationId: string, userId: string | null): boolean {
    const { record } = this;
    return 'metadata' in record && record.metadata.correlationId === correlationId && !this.isDiscreetFor(userId);
  }

  /** Somebody else has done it, of whom this reader is not told. */
  isDiscreetFor(userId: string | null): boolean {
    return userId !== null && !('metadata' in this.record && this.record.metadata.actor === userId);
  }

  textFor({ userId }: Audience): string {
    const { record, eventId, logId } = this;
    if (!this.isDiscreetFor(userId)) return (this.whole ??= this.encode(record, eventId, logId, false));
    return (this.discreet ??= this.encode(record, eventId, logId, true));
  }
}

/** All that an audience is shown of some items, as one text; empty: nothing. */
export function textOf(items: readonly FeedItem[], audience: Audience): string {
  let text = '';
  for (const item of items) if (item.isFor(audience)) text += item.textFor(audience);
  return text;
}

/** The last records of the log, in their order and without a gap: all from `start`, exclusive, to `end`. */
export class Ring {
  end: Position;
  private items: FeedItem[] = [];

  constructor(
    public start: Position,
    private readonly size: number,
  ) {
    this.end = start;
  }

  /** `items` are never empty, and follow `end`. */
  push(items: readonly FeedItem[]): void {
    this.items.push(...items);
    this.end = items.at(-1)!.position;
    const surplus = this.items.length - this.size;
    if (surplus <= 0) return;
    this.start = this.items[surplus - 1]!.position;
    this.items.splice(0, surplus);
  }

  /** At most `count` items after a position that is not before `start`. */
  after(position: Position, count: number): readonly FeedItem[] {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.items[middle]!.position > position) high = middle;
      else low = middle + 1;
    }
    return this.items.slice(low, low + count);
  }
}
