import { UnknownPosition } from '../errors.js';
import type { Instant } from '../../domain/booking/events.js';
import { positionIn, positionToken } from '../position-token.js';
import type { Position } from '../ports.js';
import type { Moment } from './replay.js';

/** A question about the past as it was asked: by a position as this service gives them, or by an instant. */
export type AsOf = { readonly token: string } | { readonly at: Instant };

/** There is no answer for that moment. A value: whoever asked is told what was expected. */
export interface NoSuchMoment {
  readonly expected: string;
}

/** The name of the log, where it ends, and what time it is. */
export interface Present {
  readonly logId: string;
  readonly head: Position;
  readonly now: Instant;
}

/** The moment that is meant: of this log, and not in the future. */
export function momentOf(asOf: AsOf, { logId, head, now }: Present): Moment | NoSuchMoment {
  if ('at' in asOf) return asOf.at > now ? { expected: 'an instant that is not in the future' } : asOf;
  const end = `a position of this log, which ends at ${positionToken(logId, head)}`;
  try {
    const position = positionIn(asOf.token, logId);
    return position > head ? { expected: end } : { position };
  } catch (error) {
    if (!(error instanceof UnknownPosition)) throw error;
    return { expected: end };
  }
}

/** For a moment before the first fact of an event. */
export const beforeTheFirst = (logId: string, first: Position): NoSuchMoment => ({
  expected: `a moment from the one on at which the event was scheduled, position ${positionToken(logId, first)}`,
});
