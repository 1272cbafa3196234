import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers } from '../support/callers.js';
import { isYes } from '../support/http-client.js';
import type { Answers } from './answers.js';
import type { Asker } from './asking.js';
import type { Plan } from './plan.js';

const PAGE = 200;
/** Of one look. */
const MAX_PAGES = 500;
/** Tries of one look while the days go on: what it misses is found by the next, or at the end. */
const TRIES = 3;
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
 * The guests in line, and the offers that some of them get: found as the box office would find them, in the read model's
 * list of held bookings. Most guests take theirs, the others let it lie.
 */
export class Offers {
  confirmed = 0;
  ignored = 0;
  /** Guests in line, by slot. */
  private readonly lines = new Map<number, Set<number>>();
  private readonly seen = new Set<string>();
  /** Guests by event and reference. */
  private readonly guests: ReadonlyMap<string, number>;

  constructor(
    private readonly plan: Plan,
    private readonly callers: Callers,
    private readonly asker: Asker,
    private readonly answers: Answers,
    private readonly pauseMs: number,
  ) {
    const names = plan.guests.map(({ slot, reference }) => `${plan.slots[slot]!.eventId} ${reference}`);
    this.guests = new Map(names.map((name, n) => [name, n]));
  }

  joined(n: number): void {
    const { slot } = this.plan.guests[n]!;
    const line = this.lines.get(slot);
    if (line === undefined) this.lines.set(slot, new Set([n]));
    else line.add(n);
  }

  left(n: number): void {
    this.lines.get(this.plan.guests[n]!.slot)?.delete(n);
  }

  /** Places of this event may have come free: looks, as of that position, whether those in line were offered them. */
  async lookAt(slot: number, position: string): Promise<void> {
    if ((this.lines.get(slot)?.size ?? 0) === 0) return;
    for (let tries = 0; tries < TRIES; tries += 1) {
      if ((await this.look(`&eventId=${this.plan.slots[slot]!.eventId}`, position)) !== null) return;
    }
  }

  /** No more places come free: looks at all events until nothing new comes, within bounds. */
  async lookForTheRest(): Promise<void> {
    let quiet = 0;
    for (let looks = 0; quiet < QUIET_LOOKS && looks < LAST_LOOKS; looks += 1) {
      await sleep(this.pauseMs);
      quiet = (await this.look('', null)) === 0 ? quiet + 1 : 0;
    }
  }

  /** One walk over a list; answers how many offers were new, or null when the list could not be had. */
  private async look(filter: string, position: string | null): Promise<number | null> {
    let cursor = '';
    let found = 0;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const path = `/v1/bookings?status=held&limit=${PAGE}${filter}${cursor}`;
      const asOf = position === null ? {} : { position };
      const reply = await this.asker.read({ method: 'GET', path, token: this.callers.manager, ...asOf });
      if (reply === null) return null;
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
    const n = this.guests.get(`${eventId} ${reference}`);
    if (n === undefined) return false;
    this.left(n);
    const guest = this.plan.guests[n]!;
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
