import { envelopeOf, type Envelope } from '../../src/application/envelope.js';
import type { Ids, Random } from '../../src/application/ports.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import type { BookingCommand, ClaimCommand, EventCommand } from '../../src/domain/booking/commands.js';
import { STREAMS } from './process.js';

const USERS = 14;
const EVENTS_AT_ONCE = 4;
const DAY_MS = 86_400_000;

/** One thing that a client wants, to be asked as often as it takes. */
export interface Wish {
  readonly eventId: string;
  readonly caller: string;
  readonly key: string | null;
  readonly command: ClaimCommand | EventCommand;
}

/** An event that is being asked about. */
interface Slot {
  readonly eventId: string;
  left: number;
  readonly known: { readonly bookingId: string; readonly userId: string }[];
}

const BOX_OFFICE = 'box-office';

/** Decides, by lot, what is asked next: a few hot events at a time, each for a while only. */
export class Clients {
  private readonly slots: Slot[] = [];
  private readonly recent: Wish[] = [];
  /** The revision of what was last heard of a booking or an event. */
  private readonly copies = new Map<string, number>();
  private events = 0;
  private asked = 0;
  private readonly ids: Ids;

  constructor(
    private readonly random: Random,
    private readonly now: () => number,
  ) {
    this.ids = new NamedIds({ now }, random);
  }

  next(): { wish: Wish; envelope: Envelope } {
    const wish = this.wish();
    this.recent[this.asked % 64] = wish;
    return { wish, envelope: this.envelope(wish) };
  }

  /** Something to look at. */
  someEvent(): string | null {
    return this.slots[this.roll(this.slots.length)]?.eventId ?? null;
  }

  someUser(): string {
    return `u${this.roll(USERS)}`;
  }

  /** A booking that is there: worth confirming, changing and cancelling. `revision`: of what was answered. */
  learn({ eventId, command }: Wish, revision: number): void {
    this.copies.set('bookingId' in command ? command.bookingId : eventId, revision);
    const slot = this.slots.find((known) => known.eventId === eventId);
    if (slot === undefined || command.type !== 'BookPlace') return;
    slot.known.push({ bookingId: command.bookingId, userId: command.userId });
    if (slot.known.length > 10) slot.known.shift();
  }

  private wish(): Wish {
    this.asked += 1;
    const again = this.recent[this.roll(64)];
    if (again?.key != null && this.roll(100) < 20) return this.roll(25) === 0 ? altered(again) : again;
    if (this.slots.length < EVENTS_AT_ONCE || this.roll(400) === 0) return this.schedule();
    const slot = this.slots[this.roll(this.slots.length)]!;
    slot.left -= 1;
    if (slot.left <= 0) this.slots.splice(this.slots.indexOf(slot), 1);
    const die = this.roll(1_000);
    if (die < 35) return this.aboutEvent(slot, die);
    return die < 500 || slot.known.length === 0 ? this.book(slot) : this.aboutBooking(slot);
  }

  private schedule(): Wish {
    this.events += 1;
    const eventId = `e${this.events}`;
    this.slots.push({ eventId, left: 60 + this.roll(240), known: [] });
    const schedule = {
      title: eventId,
      startsAt: this.now() + (this.roll(12) === 0 ? 60_000 + this.roll(600_000) : 300 * DAY_MS),
      timeZone: 'UTC',
      capacity: [1, 1, 2, 3, 7][this.roll(5)]!,
      holdSeconds: 30,
      offerSeconds: 300,
      maxSeatsPerBooking: 3,
      waitlistLimit: this.roll(6),
    };
    return { eventId, caller: BOX_OFFICE, key: `s${this.events}`, command: { type: 'ScheduleEvent', schedule } };
  }

  private book(slot: Slot): Wish {
    const { ids } = this;
    const { eventId } = slot;
    const caller = `u${this.roll(USERS)}`;
    const key = this.roll(4) === 0 ? null : `k${this.asked}`;
    const bookingId = key === null ? ids.next() : ids.fromKey(caller, STREAMS.of(eventId), key);
    // Also of bookings that never came to be, and of those that are still being asked for.
    if (this.roll(6) === 0) slot.known.push({ bookingId, userId: caller });
    const asked = { seats: 1 + (this.roll(3) === 0 ? this.roll(3) : 0), hold: this.roll(2) === 0 };
    const command = { type: 'BookPlace', bookingId, userId: caller, ...asked, waitlist: this.roll(2) === 0 } as const;
    return { eventId, caller, key, command };
  }

  private aboutBooking({ eventId, known }: Slot): Wish {
    const { bookingId, userId } = known[this.roll(known.length)]!;
    const on = { bookingId, owner: userId, ifMatch: this.roll(4) === 0 ? this.copyOf(bookingId) : null };
    const named = { eventId, caller: userId, key: this.roll(4) === 0 ? null : `k${this.asked}` };
    const die = this.roll(20);
    if (die < 7) return { ...named, command: { type: 'ConfirmBooking', ...on } };
    if (die < 15) return { ...named, command: { type: 'CancelBooking', ...on } };
    if (die < 17) return { ...named, command: { type: 'ExtendHold', ...on, seconds: 30 + this.roll(300) } };
    const change = this.roll(3) === 0 ? { reference: `r${this.roll(5)}` } : { seats: 1 + this.roll(3) };
    return { ...named, command: { type: 'ChangeBooking', ...on, ...change } };
  }

  private aboutEvent({ eventId }: Slot, die: number): Wish {
    const named = { eventId, caller: BOX_OFFICE, key: `k${this.asked}` };
    if (die === 0) return { ...named, command: { type: 'CancelEvent', ifMatch: null } };
    const rules = this.roll(3) === 0 ? { waitlistLimit: this.roll(6) } : {};
    const change = this.roll(4) === 0 ? { title: `t${this.roll(9)}` } : { capacity: 1 + this.roll(7) };
    return { ...named, command: { type: 'ChangeEvent', ifMatch: this.copyOf(eventId) ?? 'exists', rules, ...change } };
  }

  /** Mostly the one that was heard of last. */
  private copyOf(id: string): { readonly revision: number } | null {
    const revision = this.copies.get(id);
    if (revision === undefined) return null;
    return { revision: this.roll(4) === 0 ? Math.max(0, revision + this.roll(9) - 4) : revision };
  }

  private envelope({ eventId, caller, key, command }: Wish): Envelope {
    const { ids } = this;
    const requestHash = digestOf(`${eventId} ${JSON.stringify(command)}`);
    return envelopeOf(ids, STREAMS.of(eventId), { caller, key, requestHash, correlationId: `c${this.asked}` });
  }

  private roll(sides: number): number {
    return Math.floor(this.random.next() * sides);
  }
}

/** The same key for something else. */
function altered(wish: Wish): Wish {
  const { command } = wish;
  return command.type === 'BookPlace' ? { ...wish, command: { ...command, seats: 4 - command.seats } } : wish;
}

/** Tells bodies apart; nobody forges one in here. FNV-1a, twice. */
function digestOf(text: string): string {
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (let at = 0; at < text.length; at += 1) {
    one = Math.imul(one ^ text.charCodeAt(at), 0x01000193);
    other = Math.imul(other ^ text.charCodeAt(at), 0x85ebca6b);
  }
  return `${(one >>> 0).toString(16)}-${(other >>> 0).toString(16)}`;
}

export const isAboutEvent = (command: BookingCommand): command is EventCommand =>
  command.type === 'ScheduleEvent' || command.type === 'ChangeEvent' || command.type === 'CancelEvent';
