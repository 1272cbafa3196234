import type { Reply } from '../../../bench/support/http-client.js';
import type { Invoke } from '../history.js';

/** What a caller wants: a call without its time. */
export type Wish = Pick<Invoke, 'user' | 'scope' | 'key' | 'operation' | 'eventId' | 'bookingId' | 'body' | 'ifMatch'>;

interface Known {
  readonly eventId: string;
  readonly user: string;
  readonly bookingId: string;
  status: string;
}

const MOST_REMEMBERED = 400;

/** What the callers of one event know of it from their answers; it may be out of date, as it is for people. */
export class BookKeeping {
  readonly recent: Wish[] = [];
  private readonly open = new Map<string, Known>();
  private readonly lapsed: Known[] = [];

  /** The bookings that are thought to be in that status. */
  in(status: string): Known[] {
    return [...this.open.values()].filter((known) => known.status === status);
  }

  /** One that is thought to have lapsed; each is given once. */
  takeLapsed(): Known | undefined {
    return this.lapsed.pop();
  }

  asked(wish: Wish): void {
    this.recent.push(wish);
    if (this.recent.length > MOST_REMEMBERED) this.recent.splice(0, MOST_REMEMBERED / 2);
  }

  told({ eventId, user }: Wish, { body }: Reply): void {
    const { bookingId, status } = body as { bookingId?: string; status?: string };
    if (bookingId === undefined || status === undefined) return;
    if (status === 'cancelled' || status === 'expired') this.open.delete(bookingId);
    else this.open.set(bookingId, { eventId, user, bookingId, status });
    if (this.open.size > MOST_REMEMBERED)
      for (const oldest of [...this.open.keys()].slice(0, 100)) this.open.delete(oldest);
  }

  /** Sales were closed: every hold is over, and so is the line. */
  closed(): void {
    for (const known of [...this.open.values()].filter(({ status }) => status !== 'confirmed')) {
      this.open.delete(known.bookingId);
      if (known.status === 'held') this.lapsed.push(known);
    }
    this.lapsed.splice(0, this.lapsed.length - 40);
  }
}
