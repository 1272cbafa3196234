import { type Reply, isYes } from '../support/http-client.js';
import type { Ending } from './asking.js';

export type Kind = 'schedule' | 'book' | 'cancel' | 'confirm';

/** What was asked: enough to find it in the log, whatever came back. */
export interface Question {
  readonly kind: Kind;
  readonly eventId: string;
  /** The reservation; null for an event. */
  readonly reference: string | null;
  readonly key: string;
}

/** One yes of the service, as the client saw it. */
export interface Acknowledged extends Question {
  readonly bookingId: string | null;
  readonly status: string;
  readonly seats: number | null;
  readonly revision: number;
  readonly replayed: boolean;
}

/** All that the client knows when the run is over: the log has to agree with it. */
export class Answers {
  readonly acknowledged: Acknowledged[] = [];
  /** Asked, and never told what came of it. */
  readonly unknown: Question[] = [];

  record(question: Question, { reply, isUnsure }: Ending): void {
    if (reply !== null && isYes(reply)) this.acknowledged.push(acknowledged(question, reply));
    else if (isUnsure) this.unknown.push(question);
  }
}

function acknowledged(question: Question, { body, replayed }: Reply): Acknowledged {
  const { bookingId, status, seats, revision } = body;
  return {
    ...question,
    bookingId: typeof bookingId === 'string' ? bookingId : null,
    status: String(status),
    seats: typeof seats === 'number' ? seats : null,
    revision: Number(revision),
    replayed,
  };
}
