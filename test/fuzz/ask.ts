import type { Operation } from './description.js';
import type { Sender } from './callers.js';
import type { Request } from './request.js';

export const KINDS = ['valid', 'nearly valid', 'hostile', 'repeat'] as const;

/** A request that is about to be sent, and what is known of how it must be answered. */
export interface Ask {
  readonly kind: (typeof KINDS)[number];
  /** What is wrong with it, or nothing. */
  readonly what: string;
  readonly request: Request;
  /** Of which route it is; null where it is of none, or none can be known. */
  readonly operation: Operation | null;
  readonly sender: Sender;
  /** The only statuses that are right, once the sender is known and let in. Null: any that the description has. */
  readonly expected: readonly number[] | null;
  /** Refused by the parser: the sender is never looked at. */
  readonly isUnread: boolean;
  readonly mayAsk: boolean;
  readonly isPublic: boolean;
  /** Its X-Request-Id, which the answer and the log must have. Null: it sends none that could be taken. */
  readonly requestId: string | null;
  /** The Idempotency-Key, where it is this request's alone. */
  readonly key: string | null;
  /** That it repeats, and what was answered then. */
  readonly repeats: { readonly status: number; readonly body: string } | null;
}
