import type { BookingCommand } from '../domain/booking/commands.js';
import type { Envelope } from './envelope.js';
import type { Tracer } from './ports.js';
import type { Answer } from './receipts.js';
import { codeOf } from './refusals.js';
import { outcomeOf } from './tally.js';

/** Has a command answered as a step of its trace; what it writes names that step, and so does who folds it. */
export function inTrace<Receipt>(
  tracer: Tracer,
  eventId: string,
  { type }: BookingCommand,
  envelope: Envelope,
  work: (envelope: Envelope) => Promise<Answer<Receipt>>,
): Promise<Answer<Receipt>> {
  const causes = envelope.traceparent === undefined ? [] : [envelope.traceparent];
  const span = tracer.begin(type, 'internal', causes, { 'holdfast.event_id': eventId });
  return work({ ...envelope, traceparent: span.traceparent }).then(
    (answer) => {
      if (!answer.accepted) span.note({ 'holdfast.outcome': 'refused', 'holdfast.refusal': codeOf(answer.refusal) });
      else span.note({ 'holdfast.outcome': answer.replayed ? 'replayed' : 'accepted' });
      span.end();
      return answer;
    },
    (error: unknown) => {
      span.note({ 'holdfast.outcome': outcomeOf(error) });
      span.end(error);
      throw error;
    },
  );
}
