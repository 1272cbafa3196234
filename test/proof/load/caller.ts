import type { Random } from '../../../src/application/ports.js';
import { BookKeeping, type Wish } from './book-keeping.js';
import type { EventPlan } from './plan.js';

/** Decides what is asked next of one event: 20 % are repeats with the same key, 10 % cancellations. */
export class Caller {
  readonly books = new BookKeeping();
  private readonly next: Wish[] = [];
  private keys = 0;

  constructor(
    readonly event: EventPlan,
    private readonly random: Random,
  ) {}

  wish(): Wish {
    const wish = this.next.shift() ?? this.choose();
    if (!wish.operation.startsWith('read-')) this.books.asked(wish);
    return wish;
  }

  private choose(): Wish {
    const { books } = this;
    const dice = this.random.next();
    if (dice < 0.2 && books.recent.length > 0) return this.pick(books.recent.slice(-60));
    if (dice < 0.3) return this.about('cancel', this.any('confirmed', 'held', 'waitlisted')) ?? this.book();
    if (dice < 0.38) return this.about('confirm', this.any('held')) ?? this.book();
    if (dice < 0.41) return this.about('extend', this.any('held'), { seconds: 60 }) ?? this.book();
    if (dice < 0.45) return this.change() ?? this.book();
    if (dice < 0.51) return this.read();
    if (dice < 0.58) return this.late() ?? this.book();
    return this.book();
  }

  book(user = this.user(), body: Readonly<Record<string, unknown>> = this.pick(BOOKS)): Wish {
    return { user, key: this.key(), operation: 'book', eventId: this.event.eventId, body };
  }

  /** Confirms what has lapsed; one time in three after the user has booked anew. */
  private late(): Wish | null {
    const known = this.books.takeLapsed();
    if (known === undefined) return null;
    const confirm = this.about('confirm', known);
    if (this.random.next() > 0.34) return confirm;
    this.next.push(confirm!);
    return this.book(known.user, {});
  }

  private change(): Wish | null {
    const known = this.any('confirmed', 'held', 'waitlisted');
    const body =
      this.random.next() < 0.7 ? { seats: 1 + Math.floor(this.random.next() * 3) } : { reference: `po-${this.key()}` };
    return this.about('change-booking', known, body);
  }

  private read(): Wish {
    const { eventId } = this.event;
    const known = this.any('confirmed', 'held', 'waitlisted');
    const dice = this.random.next();
    if (known === undefined || dice < 0.5)
      return { user: this.user(), key: null, operation: 'read-event', eventId, body: {} };
    if (dice < 0.8) return { ...this.about('read-booking', known)!, key: null };
    return { user: known.user, key: null, operation: 'read-bookings', eventId, body: { eventId } };
  }

  private about(
    operation: Wish['operation'],
    known: { readonly user: string; readonly bookingId: string } | undefined,
    body: Readonly<Record<string, unknown>> = {},
  ): Wish | null {
    if (known === undefined) return null;
    return {
      user: known.user,
      key: this.key(),
      operation,
      eventId: this.event.eventId,
      bookingId: known.bookingId,
      body,
    };
  }

  private any(...statuses: string[]): { readonly user: string; readonly bookingId: string } | undefined {
    const all = statuses.flatMap((status) => this.books.in(status));
    return all.length === 0 ? undefined : this.pick(all);
  }

  private user(): string {
    return `${this.event.eventId}-u${Math.floor(this.random.next() * this.event.users)}`;
  }

  private key(): string {
    return `${this.event.eventId}-k${++this.keys}`;
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random.next() * from.length)]!;
  }
}

const BOOKS: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { seats: 2 },
  { hold: true },
  { hold: true },
  { hold: true, holdSeconds: 30 },
  { waitlist: true },
  { waitlist: true, seats: 2 },
];
