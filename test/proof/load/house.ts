import { isYes } from '../../../bench/support/http-client.js';
import type { Random } from '../../../src/application/ports.js';
import type { Answered } from './calling.js';
import type { Wish } from './book-keeping.js';
import type { EventPlan } from './plan.js';

const DAY_MS = 86_400_000;
const MANAGER = { user: 'manager', scope: 'event:manage' };

/** What the manager asks for. */
export class House {
  private keys = 0;
  private readonly closed = new Set<string>();

  constructor(
    private readonly run: string,
    private readonly random: Random,
  ) {}

  schedule({ eventId, capacity, waitlistLimit }: EventPlan): Wish {
    const startsAt = new Date(Date.now() + 30 * DAY_MS).toISOString();
    return this.wish('schedule', eventId, {
      title: eventId,
      startsAt,
      capacity,
      ...(waitlistLimit === undefined ? {} : { waitlistLimit }),
    });
  }

  /**
   * Nobody waits half a minute for a hold to lapse: the house ends its sales, by which every hold is due, and opens them
   * again. What lapsed is then sold anew, confirmed late, or offered to whoever gets in line.
   */
  isClosed(eventId: string): boolean {
    return this.closed.has(eventId);
  }

  close({ eventId }: EventPlan): Wish {
    this.closed.add(eventId);
    return this.change(eventId, { salesCloseAt: new Date(Date.now()).toISOString() });
  }

  open({ eventId }: EventPlan): Wish {
    return this.change(eventId, { salesCloseAt: null });
  }

  /** Known to be open again. */
  opened({ eventId }: EventPlan, { reply }: Answered): void {
    if (reply !== null && isYes(reply)) this.closed.delete(eventId);
  }

  end({ eventId }: EventPlan): Wish {
    return this.wish('cancel-event', eventId, {});
  }

  /** Between half and one and a half times as many places as there were at first. */
  resize({ eventId, capacity }: EventPlan): Wish {
    return this.change(eventId, { capacity: Math.max(1, Math.round(capacity * (0.5 + this.random.next()))) });
  }

  change(eventId: string, body: Readonly<Record<string, unknown>>): Wish {
    return { ...this.wish('change-event', eventId, body), ifMatch: '*' };
  }

  private wish(operation: Wish['operation'], eventId: string, body: Readonly<Record<string, unknown>>): Wish {
    return { ...MANAGER, key: `${this.run}-house-${++this.keys}`, operation, eventId, body };
  }
}
