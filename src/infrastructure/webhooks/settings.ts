/** Times in milliseconds. */
export interface DelivererSettings {
  /** Between two looks at the log and at what is due. */
  readonly pollMs: number;
  /** A process that does not renew its lease for so long loses it to another one. */
  readonly leaseMs: number;
  /** Subscriptions of one process. */
  readonly subscriptions: number;
  /** Messages of one subscription that wait to be sent; then its place in the log waits too. */
  readonly pending: number;
  /** Messages on their way at once: to one receiver, and from this process. Each is of another event. */
  readonly atOncePerReceiver: number;
  readonly atOnce: number;
  /** See PostBounds. */
  readonly connectMs: number;
  readonly totalMs: number;
  readonly answerBytes: number;
  /** Before the second attempt, the third and so on; the last one for all further ones. Jittered by a quarter. */
  readonly retryMs: readonly number[];
  /** The longest that Retry-After is honoured. */
  readonly longestRetryAfterMs: number;
  /** From its first attempt on, a message is tried for so long. */
  readonly giveUpMs: number;
  /** A receiver to whom everything has failed for so long is disabled. */
  readonly disableMs: number;
  /** For what is on its way when the process stops. */
  readonly drainMs: number;
  /** Between two looks for rows that are too old, and for how many days they are kept. */
  readonly expireMs: number;
  readonly keepDays: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Some 15 attempts in three days. docs/webhooks.md tells receivers the same numbers. */
export const DELIVERER: Omit<DelivererSettings, 'pollMs' | 'leaseMs'> = {
  ...{ subscriptions: 1_000, pending: 1_000, atOncePerReceiver: 8, atOnce: 256 },
  ...{ connectMs: 5 * SECOND, totalMs: 15 * SECOND, answerBytes: 4_096 },
  retryMs: [
    ...[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
    ...[HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR],
  ],
  ...{ longestRetryAfterMs: 6 * HOUR, giveUpMs: 3 * DAY, disableMs: 3 * DAY },
  ...{ drainMs: 1_000, expireMs: MINUTE, keepDays: 30 },
};
