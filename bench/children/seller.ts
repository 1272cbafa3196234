/** One API process without HTTP: books for so many callers on one event, beside others that do the same. */
import type { Attempt } from '../support/contender.js';
import { serveChild } from '../support/child.js';
import { Holdfast } from '../support/holdfast.js';
import type { PeerSettings } from '../../src/infrastructure/peers/local-peers.js';
import { drive, quantile } from '../support/measure.js';

export interface SellerTask {
  readonly url: string;
  readonly locking: 'optimistic' | 'pessimistic';
  readonly eventId: string;
  readonly users: readonly string[];
  readonly callers: number;
  readonly boundMs: number;
  /** The other sellers, where they ask each other. */
  readonly peers: PeerSettings | null;
}

export interface SellerResult {
  readonly attempts: readonly Attempt[];
  readonly elapsedMs: number;
  /** Of all calls, in milliseconds. */
  readonly times: readonly number[];
  /** The p99 of the caller for whom it was highest. */
  readonly slowestP99Ms: number;
}

serveChild<SellerTask, SellerResult>(async ({ url, locking, eventId, users, callers, boundMs, peers }) => {
  const holdfast = await Holdfast.open(url, locking, peers);
  const before = `before-${crypto.randomUUID()}`;
  await holdfast.schedule(before, 1);
  await holdfast.book(before, 'first');
  const run = async (): Promise<SellerResult> => {
    await holdfast.untilJoined();
    const { answered, elapsedMs } = await drive(users, callers, boundMs, (userId) => holdfast.book(eventId, userId));
    const byCaller: number[][] = Array.from({ length: callers }, () => []);
    for (const { caller, ms } of answered) byCaller[caller]!.push(ms);
    const worst = byCaller.filter((times) => times.length > 0).map((times) => quantile(times, 0.99));
    return {
      attempts: answered.map(({ item, result }) => ({ userId: item, told: result })),
      elapsedMs,
      times: answered.map(({ ms }) => ms),
      slowestP99Ms: Math.max(...worst),
    };
  };
  return { run };
});
