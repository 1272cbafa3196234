import type { Callers } from '../support/callers.js';
import { type Reply, type Request, codeOf, isYes } from '../support/http-client.js';
import { type Answers, type Question } from './answers.js';
import type { Asker, Ending } from './asking.js';
import type { Offers } from './offers.js';
import { CHOICES, type Guest, type Plan, type Quirk } from './plan.js';

/** What the guests came to, beside what the asker counts. */
export interface Outcomes {
  confirmed: number;
  waitlisted: number;
  /** Told `sold-out`, and then asked for a turn in the line. */
  refusedFirst: number;
  cancelled: number;
  /** Cancellations in the file of reservations that had got no booking. */
  nothingToCancel: number;
  repeats: number;
  altered: number;
  /** Requests with a used key and another body that were not told so. */
  unnoticed: number;
}

const ANOTHER_REASON = 'another-reason';

/** Does for the guests what the file says they did. */
export class Guests {
  readonly outcomes: Outcomes = {
    confirmed: 0,
    waitlisted: 0,
    refusedFirst: 0,
    cancelled: 0,
    nothingToCancel: 0,
    repeats: 0,
    altered: 0,
    unnoticed: 0,
  };
  /** By guest, for those who will cancel; forgotten when they have. */
  private readonly bookingIds = new Map<number, string>();

  constructor(
    private readonly plan: Plan,
    private readonly callers: Callers,
    private readonly asker: Asker,
    private readonly answers: Answers,
    private readonly offers: Offers,
  ) {}

  /** Asks for places; told that they are sold out, asks for a turn in the line. */
  async book(n: number): Promise<void> {
    const guest = this.plan.guests[n]!;
    let reply = await this.askForPlaces(guest, false);
    if (reply !== null && codeOf(reply) === 'sold-out') {
      this.outcomes.refusedFirst += 1;
      reply = await this.askForPlaces(guest, true);
    }
    if (reply === null || !isYes(reply)) return;
    if (reply.body['status'] === 'waitlisted') {
      this.outcomes.waitlisted += 1;
      this.offers.joined(n);
    } else {
      this.outcomes.confirmed += 1;
    }
    if (guest.cancellation !== null) this.bookingIds.set(n, String(reply.body['bookingId']));
  }

  /** Gives the places, the offer or the turn in the line back; answers the position of that, if it was done. */
  async cancel(n: number): Promise<string | null> {
    const guest = this.plan.guests[n]!;
    const bookingId = this.bookingIds.get(n);
    this.bookingIds.delete(n);
    if (bookingId === undefined) {
      this.outcomes.nothingToCancel += 1;
      return null;
    }
    const question = this.question('cancel', guest, 'x');
    const path = `/v1/events/${question.eventId}/bookings/${bookingId}/cancel`;
    const { token } = this.callers.as(guest.userId);
    const request = { method: 'POST', path, token, key: question.key, body: { reason: 'changed-plans' } } as const;
    const reply = await this.ask(question, request, { reason: ANOTHER_REASON }, guest.cancellation);
    this.offers.left(n);
    if (reply === null || !isYes(reply)) return null;
    this.outcomes.cancelled += 1;
    return reply.position;
  }

  private async askForPlaces(guest: Guest, waitlist: boolean): Promise<Reply | null> {
    const question = this.question('book', guest, waitlist ? 'w' : 'b');
    const { token, onBehalf } = this.callers.as(guest.userId);
    const body = { ...onBehalf, seats: guest.seats, reference: guest.reference, ...(waitlist ? { waitlist } : {}) };
    const other = { ...body, seats: (guest.seats % CHOICES.seats.max) + 1 };
    const path = `/v1/events/${question.eventId}/bookings`;
    const request = { method: 'POST', path, token, key: question.key, body } as const;
    return this.ask(question, request, other, guest.booking);
  }

  private question(kind: 'book' | 'cancel', guest: Guest, mark: string): Question {
    const { runId, slots } = this.plan;
    const { reference } = guest;
    return { kind, eventId: slots[guest.slot]!.eventId, reference, key: `${runId}-${mark}-${reference}` };
  }

  /**
   * Sends a request as often as its quirk wants. The answer that counts is the yes, if there was one: a request that was
   * refused is not remembered, so its repeat is decided afresh and may find a place that has come free meanwhile.
   */
  private async ask(
    question: Question,
    request: Request,
    otherBody: Readonly<Record<string, unknown>>,
    quirk: Quirk | null,
  ): Promise<Reply | null> {
    const once = async (): Promise<Ending> => {
      const ending = await this.asker.command(request);
      this.answers.record(question, ending);
      return ending;
    };
    const endings = await Promise.all(quirk?.repeat === 'beside' ? [once(), once()] : [once()]);
    if (quirk?.repeat === 'after') endings.push(await once());
    this.outcomes.repeats += endings.length - 1;
    const replies = endings.flatMap(({ reply }) => (reply === null ? [] : [reply]));
    const yes = replies.find(isYes);
    // Only what was accepted is remembered under its key: before that, another body is simply another request.
    if (quirk?.altered === true && yes !== undefined) await this.alter(request, otherBody);
    return yes ?? replies.at(-1) ?? null;
  }

  private async alter(request: Request, body: Readonly<Record<string, unknown>>): Promise<void> {
    this.outcomes.altered += 1;
    const { reply } = await this.asker.command({ ...request, body });
    if (reply === null || codeOf(reply) !== 'key-reused' || reply.status !== 422) this.outcomes.unnoticed += 1;
  }
}
