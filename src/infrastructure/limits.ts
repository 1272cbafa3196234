import type { Settings } from './settings.js';

/**
 * Every time-out and bound, with its default, its range, and what it limits. The setting of `appendTimeoutMs` is
 * `APPEND_TIMEOUT_MS`, and so on. Names end in their unit.
 */
const LIMITS = {
  /** One attempt of an append; afterwards its outcome is unknown. The server gives it up at the same time. */
  appendTimeoutMs: [2_000, 1, 60_000],
  /** A batch whose outcome is unknown is re-sent for so long, then its callers get 503. */
  outcomeDeadlineMs: [4_000, 1, 60_000],
  /** A command that has waited so long in its mailbox is shed. */
  queueAgeMs: [3_000, 1, 60_000],
  /** Commands waiting for one event; more are shed. */
  mailboxLength: [10_000, 1, 1_000_000],
  /** Domain events in one append of one stream. */
  batchEvents: [500, 1, 10_000],
  /** Bytes in one append of one stream: well below an event store's own limit of 1 MiB. */
  batchBytes: [400_000, 10_000, 900_000],
  /** Conflicts that one batch may meet before its callers get 503. */
  maxRetries: [20, 0, 1_000],
  /** A repeat waits so long for the answer of the request that came first, then gets 409. */
  inFlightWaitMs: [5_000, 1, 60_000],
  /** Before a batch is tried again, at first; doubled each time, with jitter. */
  backoffMinMs: [5, 1, 10_000],
  /** Before a batch is tried again, at most. */
  backoffMaxMs: [250, 1, 60_000],
  /** A process of this service that is not heard of for so long is away: others decide what it would have decided. */
  peerSilenceMs: [1_000, 200, 60_000],
  /** Bookings and remembered commands in all cached ledgers together. */
  cacheEntries: [2_000_000, 0, 100_000_000],
  /** A read that names a position waits so long for the read model. */
  readWaitMs: [2_000, 0, 8_000],
  /** Between two looks of the sweeper. */
  sweepMs: [1_000, 10, 60_000],
  /** An event where settle found nothing is not asked again for so long, unless it changed. */
  sweepQuietMs: [30_000, 10, 3_600_000],
  /** Between two comparisons of this process's clock with the database's. */
  clockCompareMs: [1_000, 10, 60_000],
  /** Domain events that the projector folds into one transaction. */
  projectorBatch: [4_000, 1, 50_000],
  /** From the beginning of one such transaction to the next, at least, while domain events come a few at a time. */
  projectorPaceMs: [20, 0, 10_000],
  /** The projector's own bound on a statement: ending a million bookings of one event takes half a minute. */
  projectorStatementTimeoutMs: [120_000, 100, 3_600_000],
  /** A projector whose holder of the lock does not move for so long, with work to do, goes on without the lock. */
  projectorStandbyMs: [5_000, 10, 600_000],
  /** Between two looks at the log, when nothing wakes the feed. */
  feedPollMs: [25, 1, 10_000],
  /** Between two looks at the log for what webhooks are to be told, when there is nothing to do. */
  webhookPollMs: [250, 5, 60_000],
  /** A process that delivers webhooks and is not heard of for so long is replaced by another one. */
  webhookLeaseMs: [30_000, 100, 3_600_000],
  /** Between two heart-beats of a feed (`GET /v1/feed`); at most half of `socketTimeoutMs`. */
  feedHeartbeatMs: [15_000, 10, 600_000],
  /** What the reader of a feed that has ended waits before it asks again. */
  feedRetryMs: [2_000, 0, 600_000],
  /** A feed is ended after so long, to be asked for again; it never outlives its token. */
  feedLifeMs: [3_600_000, 10, 86_400_000],
  /** What has just been written is told to feeds together, so often at most; in a rush ten times as seldom. */
  feedGatherMs: [10, 0, 1_000],
  /** Records in memory, shared by all feeds: who is not further behind is resumed without a look at the log. */
  feedRing: [4_096, 1, 1_000_000],
  /** Records that a feed may be behind when it is resumed; beyond: 409. */
  feedResumeRecords: [50_000, 0, 100_000_000],
  /** Bytes that wait for a slow reader of a feed; beyond, its connection is closed. */
  feedBufferBytes: [1_048_576, 1_024, 1_073_741_824],
  /** Feeds at once, of all callers. */
  feedClients: [1_000, 1, 1_000_000],
  /** Feeds at once, of one caller. */
  feedClientsPerCaller: [10, 1, 1_000_000],
  /** Requests of one caller in a minute, over all processes; 0: as many as they like. */
  requestsPerMinute: [1_200, 0, 10_000_000],
  /** Requests from one address in a minute, with a good token, a bad one or none, over all processes; 0: no limit. */
  requestsPerMinutePerAddress: [30_000, 0, 10_000_000],
  /** Proxies before this process, each of which adds to X-Forwarded-For; 0: the header is not looked at. */
  trustedProxies: [0, 0, 10],
  /** Requests that are worked on at a time, reads and writes each; fewer as soon as they take too long. */
  requestsInFlight: [10_000, 1, 1_000_000],
  /** When even the fastest request takes longer than this, fewer are let in. */
  shedLatencyMs: [500, 10, 60_000],
  /** Holds that one user may have at a time, over all events; 0: as many as they like. */
  holdsPerUser: [20, 0, 1_000_000],
  /** Open HTTP connections; more are closed at once. */
  connections: [10_000, 1, 1_000_000],
  /** The same from one address, where no proxy is trusted; 0: no limit. */
  connectionsPerAddress: [1_000, 0, 1_000_000],
  /**
   * A connection on which nothing moves in either direction is closed; longer than any answer takes, and at least twice
   * `feedHeartbeatMs`.
   */
  socketTimeoutMs: [30_000, 10, 3_600_000],
  /** Until the headers of a request are here. */
  headersTimeoutMs: [10_000, 10, 600_000],
  /** Until all of a request is here. */
  requestTimeoutMs: [15_000, 10, 600_000],
  /** After SIGTERM: for what is in flight. */
  drainMs: [8_000, 0, 600_000],
  /** Connections of one pool. */
  poolConnections: [10, 2, 500],
  /** Until a connection is made, or a free one found. */
  connectTimeoutMs: [2_000, 10, 60_000],
  /** One statement, by the server. */
  statementTimeoutMs: [4_000, 10, 3_600_000],
  /** One lock, by the server. */
  lockTimeoutMs: [1_000, 1, 60_000],
  /** A transaction in which nothing happens, by the server. */
  idleInTransactionTimeoutMs: [2_000, 10, 60_000],
  /** One query, by the client: for a server that is frozen or cut off. Longer than `statementTimeoutMs`. */
  queryTimeoutMs: [5_000, 10, 3_600_000],
  /** Each statement of a migration, and waiting for another process that migrates. */
  migrationTimeoutMs: [60_000, 100, 86_400_000],
  /** Free space below DATA_DIR, in MiB, that `holdfast doctor` finds too little. */
  diskFreeMib: [1_024, 0, 1_000_000_000],
  /** The embedded Postgres: until it answers, recovery after a crash included. */
  embeddedStartTimeoutMs: [60_000, 100, 3_600_000],
  /** The embedded Postgres: a fast shutdown; afterwards it is told to quit at once. */
  embeddedStopTimeoutMs: [3_000, 10, 600_000],
} as const satisfies Readonly<Record<string, readonly [fallback: number, min: number, max: number]>>;

export type Limits = Readonly<Record<keyof typeof LIMITS, number>>;

export const settingOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** The limits as the environment sets them; refused values are gathered in `settings`. */
export function readLimits(settings: Settings): Limits {
  const entries = Object.entries(LIMITS).map(([key, [fallback, min, max]]) => {
    return [key, settings.integer(settingOf(key), fallback, min, max)] as const;
  });
  const limits = Object.fromEntries(entries) as Limits;
  if (limits.queryTimeoutMs <= limits.statementTimeoutMs) {
    settings.refuse('QUERY_TIMEOUT_MS', 'more than STATEMENT_TIMEOUT_MS: the server has the first word');
  }
  // A heart-beat first looks at the log, and comes that much later.
  if (limits.socketTimeoutMs < 2 * limits.feedHeartbeatMs) {
    settings.refuse('SOCKET_TIMEOUT_MS', 'at least twice FEED_HEARTBEAT_MS: a feed with nothing to tell would be cut');
  }
  const { inFlightWaitMs, readWaitMs, queueAgeMs, outcomeDeadlineMs } = limits;
  if (limits.socketTimeoutMs <= Math.max(inFlightWaitMs, readWaitMs, queueAgeMs + outcomeDeadlineMs)) {
    const longest = 'IN_FLIGHT_WAIT_MS, READ_WAIT_MS, and QUEUE_AGE_MS and OUTCOME_DEADLINE_MS together';
    settings.refuse('SOCKET_TIMEOUT_MS', `more than ${longest}: who waits for an answer would be cut`);
  }
  return limits;
}
