import { StoreUnavailable, StreamUnreadable } from '../../application/errors.js';

/** A call that this side has given up; what becomes of it on the other nobody knows. */
export class TimedOut extends Error {}

export const typeOf = (error: unknown): unknown => (error as { type?: unknown } | null)?.type;
export const isConflict = (error: unknown): boolean => typeOf(error) === 'wrong-expected-version';
export const isTimeout = (error: unknown): boolean =>
  error instanceof TimedOut || typeOf(error) === 'deadline-exceeded';

/** Errors before the first byte was sent: there was no connection to send it on. */
const UNSENT =
  /No connection established|Name resolution failed|Channel closed before call started|Failed to discover after/;

/** Only these say for sure that nothing was written. */
export function isUnknown(error: unknown): boolean {
  if (error instanceof StreamUnreadable) return false;
  const type = typeOf(error);
  if (type === 'access-denied' || type === 'maximum-append-size-exceeded' || type === 'stream-deleted') return false;
  return !UNSENT.test((error as Error).message);
}

export const refusal = (error: unknown): Error =>
  error instanceof StreamUnreadable || typeOf(error) === 'stream-deleted'
    ? new StreamUnreadable(wordsOf(error), { cause: error })
    : unavailable(error);

export const unavailable = (error: unknown): Error =>
  error instanceof StreamUnreadable || error instanceof StoreUnavailable
    ? error
    : new StoreUnavailable(wordsOf(error), { cause: error });

/** Some of the client's errors have a type and no message. */
export const wordsOf = (error: unknown): string => {
  const message = (error as Error).message || String(typeOf(error) ?? 'no reason given');
  return message.startsWith('EventStoreDB') ? message : `EventStoreDB: ${message}`;
};
