/**
 * Everything that can go wrong outside the domain, in one closed vocabulary: no HTTP, no driver. A refusal is not in
 * here: it is a value (see the domain's `Refusal`).
 */
export abstract class HoldfastError extends Error {
  abstract readonly code: HoldfastErrorCode;
}

export type HoldfastErrorCode =
  | 'store-unavailable'
  | 'outcome-unknown'
  | 'overloaded'
  | 'stream-unreadable'
  | 'read-model-behind'
  | 'clock-skew'
  | 'unknown-position'
  | 'request-in-flight'
  | 'not-found';

/** The store did not do it, and this attempt wrote nothing: safe to try again. */
export class StoreUnavailable extends HoldfastError {
  readonly code = 'store-unavailable';
}

/** The store may or may not have done it. Only a read of the log tells; safe to retry with the same key. */
export class OutcomeUnknown extends HoldfastError {
  readonly code = 'outcome-unknown';
}

/** A bound was reached before anything was written: come back later. */
export class Overloaded extends HoldfastError {
  readonly code = 'overloaded';
}

/** The stream holds a record that this version cannot read, or lacks one, so nothing can be decided on it. */
export class StreamUnreadable extends HoldfastError {
  readonly code = 'stream-unreadable';
  /** Of the first record that cannot be read, of which all before it in its stream can be; null where none is known. */
  readonly position: bigint | null;

  constructor(message: string, { position = null, ...options }: ErrorOptions & { position?: bigint | null } = {}) {
    super(message, options);
    this.position = position;
  }
}

/** It is the lack of a record: the stream was truncated or deleted, or somebody took records out. */
export class RecordMissing extends StreamUnreadable {
  override readonly name = 'RecordMissing';
}

/** The read model has not reached the position that the reader has seen. */
export class ReadModelBehind extends HoldfastError {
  readonly code = 'read-model-behind';
}

/** This process's clock is too far from the database's for its decisions to be trusted. */
export class ClockSkew extends HoldfastError {
  readonly code = 'clock-skew';
}

/** The position is of another log, beyond the end of this one, or no record's. */
export class UnknownPosition extends HoldfastError {
  readonly code = 'unknown-position';
}

/** An earlier request with this Idempotency-Key has not been answered yet. */
export class RequestInFlight extends HoldfastError {
  readonly code = 'request-in-flight';
}

/** There is no such thing, or it is not the caller's to see. */
export class NotFound extends HoldfastError {
  readonly code = 'not-found';
}

const KINDS: Readonly<Record<HoldfastErrorCode, new (message: string) => HoldfastError>> = {
  'store-unavailable': StoreUnavailable,
  'outcome-unknown': OutcomeUnknown,
  overloaded: Overloaded,
  'stream-unreadable': StreamUnreadable,
  'read-model-behind': ReadModelBehind,
  'clock-skew': ClockSkew,
  'unknown-position': UnknownPosition,
  'request-in-flight': RequestInFlight,
  'not-found': NotFound,
};

/** What another process threw; null: no error of ours, but a bug. */
export const errorOf = (code: HoldfastErrorCode | null, message: string): Error =>
  code === null ? new Error(message) : new KINDS[code](message);
