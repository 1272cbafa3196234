import { isMadeFromKey } from '../domain/booking/policy.js';
import { HoldfastError, OutcomeUnknown, errorOf } from './errors.js';
import type { Peer, Question, Reply } from './ports.js';
import type { Answer, Denied } from './receipts.js';

/** What is said to the process that asked. */
export const replyOf = (deciding: Promise<Answer<unknown>>): Promise<Reply> =>
  deciding.then(
    (answer) =>
      answer.accepted
        ? { done: answer.receipt, position: String(answer.position), replayed: answer.replayed }
        : { refused: answer },
    (error: Error) =>
      error instanceof HoldfastError
        ? { failed: error.code, message: error.message }
        : // Where it came from is known here only, and told in the log of the one that asked.
          { failed: null, message: error.stack ?? error.message },
  );

/**
 * Has another process decide. Where it will not, this one does (`decideHere`), and also where it fell silent: both may decide
 * then, and the expected revision lets one of them write; who comes second finds the command in the log. What it wrote, or
 * finds written, stands. A refusal does not, nor a yes that had nothing to write: the other may yet write, at a time when
 * there is something to write, so nobody can tell. And without an Idempotency-Key nobody who comes second would know the
 * command again: nothing is decided here then.
 */
export async function askPeer<Receipt>(
  peer: Peer,
  question: Question,
  count: (how: 'answered' | 'away' | 'silent') => void,
  decideHere: () => Promise<Answer<Receipt>>,
): Promise<Answer<Receipt>> {
  const reply = await peer.ask(question);
  if (reply === 'away' || reply === 'silent') {
    count(reply);
    if (reply === 'away') return decideHere();
    if (question.command.type === 'Settle') return orUnknown(decideHere());
    if (!isMadeFromKey(question.envelope.commandId)) throw new OutcomeUnknown(UNANSWERED);
    return asWritten(decideHere);
  }
  count('answered');
  if ('refused' in reply) return reply.refused as Denied;
  if ('failed' in reply) throw errorOf(reply.failed, reply.message);
  const { done, position, replayed } = reply;
  return { accepted: true, receipt: done as Receipt, position: BigInt(position), replayed };
}

const UNANSWERED = 'the process that was to decide has not answered';

/** The answer that the log holds: who asks once more is told what was written, and whether anything was. */
async function asWritten<Receipt>(decideHere: () => Promise<Answer<Receipt>>): Promise<Answer<Receipt>> {
  const { replayed } = await orUnknown(decideHere());
  const written = await orUnknown(decideHere());
  if (!written.replayed) throw new OutcomeUnknown(UNANSWERED);
  return { ...written, replayed };
}

/** Settle writes what is due and is not written yet, whoever comes second: a yes of it always stands. */
async function orUnknown<Receipt>(deciding: Promise<Answer<Receipt>>): Promise<Exclude<Answer<Receipt>, Denied>> {
  const answer = await deciding.catch((error: unknown) => {
    if (error instanceof HoldfastError) throw new OutcomeUnknown(UNANSWERED, { cause: error });
    throw error;
  });
  if (!answer.accepted) throw new OutcomeUnknown(UNANSWERED);
  return answer;
}
