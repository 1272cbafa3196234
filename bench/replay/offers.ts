import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers } from '../support/callers.js';
import { isYes } from '../support/http-client.js';
import type { Answers } from './answers.js';
import type { Asker } from './asking.js';
import type { Guest, Plan } from './plan.js';

const PAUSE_MS = 1_000;
const PAGE = 200;
/** Of one look: more held bookings than these are seen when others have gone. */
const MAX_PAGES = 200;
/** Looks at the end without anything new, and all looks at the end. */
const QUIET_LOOKS = 2;
const LAST_LOOKS = 60;

interface Held {
  readonly bookingId: string;
  readonly eventId: string;
  readonly reference: string | null;
  readonly offer: boolean;
}

/**
 * The guests in line who are offered a place, found as the box office would find them: in the list of held bookings. Most
 * of them take it, the others let it lie.
 */
export class Offers {
  confirmed = 0;
  ignored = 0;
  private readonly seen = new Set<string>();
  private readonly guests: ReadonlyMap<string, Guest>;
  private isOver = false;

  constructor(
    private readonly plan: Plan,
    private readonly callers: Callers,
    private readonly asker: Asker,
    private readonly answers: Answers,
  ) {
    this.guests = new Map(plan.guests.map((guest) => [`${plan.slots[guest.slot]!.eventId} ${guest.reference}`, guest]));
  }

  /** Looks again and again until `finish`, and then until nothing new comes, within bounds. */
  async watch(): Promise<void> {
    let quiet = 0;
    for (let last = 0; quiet < QUIET_LOOKS && last < LAST_LOOKS; last += Number(this.isOver)) {
      const isLast = this.isOver;
      const found = await this.look();
      quiet = isLast && found === 0 ? quiet + 1 : 0;
      await sleep(PAUSE_MS);
    }
  }

  /** No more places come free: what is offered now is the rest. */
  finish(): void {
    this.isOver = true;
  }

  /** One walk over the list; answers how many offers were new, or 1 when the list could not be had. */
  private async look(): Promise<number> {
    let cursor = '';
    let found = 0;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const path = `/v1/bookings?status=held&limit=${PAGE}${cursor}`;
      const reply = await this.asker.read({ method: 'GET', path, token: this.callers.manager });
      if (reply === null) return found + 1;
      const { items, nextCursor } = reply.body as { items: readonly Held[]; nextCursor: string | null };
      const offers = items.filter(({ bookingId, offer }) => offer && !this.seen.has(bookingId));
      found += (await Promise.all(offers.map((offer) => this.answer(offer)))).filter(Boolean).length;
      if (nextCursor === null) break;
      cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
    }
    return found;
  }

  /** Whether it was one of ours. */
  private async answer({ bookingId, eventId, reference }: Held): Promise<boolean> {
    this.seen.add(bookingId);
    const guest = this.guests.get(`${eventId} ${reference}`);
    if (guest === undefined) return false;
    if (!guest.takesOffer) {
      this.ignored += 1;
      return true;
    }
    const key = `${this.plan.runId}-c-${guest.reference}`;
    const path = `/v1/events/${eventId}/bookings/${bookingId}/confirm`;
    const { token } = this.callers.as(guest.userId);
    const ending = await this.asker.command({ method: 'POST', path, token, key });
    this.answers.record({ kind: 'confirm', eventId, reference, key }, ending);
    if (ending.reply !== null && isYes(ending.reply)) this.confirmed += 1;
    return true;
  }
}
