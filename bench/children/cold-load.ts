/** Books on an event that this process has never heard of, and then on and on: what a long stream costs. */
import { Overloaded } from '../../src/application/errors.js';
import { serveChild } from '../support/child.js';
import { Holdfast } from '../support/holdfast.js';
import { drive, quantile } from '../support/measure.js';

export interface ColdLoadTask {
  readonly url: string;
  readonly eventId: string;
}

export interface ColdLoadResult {
  /** The first booking, which finds nothing in memory. */
  readonly coldMs: number;
  /** A booking by itself once the ledger is in memory: the middle one. */
  readonly cachedMs: number;
  /** Bookings by many callers at once. */
  readonly cachedPerSecond: number;
  /** What memory holds more than before, in megabytes (10^6 bytes), after the garbage was collected. */
  readonly megabytes: number;
}

const ALONE = 100;
const CROWD = 5_000;
const CALLERS = 256;
const BOUND_MS = 20_000;

serveChild<ColdLoadTask, ColdLoadResult>(async ({ url, eventId }) => {
  const holdfast = await Holdfast.open(url, 'optimistic');
  const before = `before-${crypto.randomUUID()}`;
  await holdfast.schedule(before, 100);
  for (let user = 0; user < 20; user += 1) await holdfast.book(before, `first-${user}`);
  const timed = async (userId: string): Promise<number> => {
    const beganAt = performance.now();
    const told = await holdfast.book(eventId, userId);
    if (told.kind !== 'booked') throw new Error(`a booking was answered "${told.kind}"`);
    return performance.now() - beganAt;
  };
  /** Whoever waits for longer than QUEUE_AGE_MS is sent away, and asks again; the load goes on meanwhile. */
  const patiently = async (userId: string): Promise<number> => {
    const beganAt = performance.now();
    for (;;) {
      try {
        await timed(userId);
        return performance.now() - beganAt;
      } catch (error) {
        if (!(error instanceof Overloaded) || performance.now() - beganAt > BOUND_MS) throw error;
      }
    }
  };
  const series = crypto.randomUUID();
  const run = async (): Promise<ColdLoadResult> => {
    const empty = heldBytes();
    const coldMs = await patiently(`${series}-cold`);
    const megabytes = Math.max(0, heldBytes() - empty) / 1e6;
    const alone: number[] = [];
    for (let at = 0; at < ALONE; at += 1) alone.push(await timed(`${series}-${at}`));
    const crowd = Array.from({ length: CROWD }, (_, at) => `${series}-crowd-${at}`);
    const { answered, elapsedMs } = await drive(crowd, CALLERS, BOUND_MS, timed);
    await holdfast.close();
    const cachedPerSecond = (answered.length / elapsedMs) * 1_000;
    return { coldMs, cachedMs: quantile(alone, 0.5), cachedPerSecond, megabytes };
  };
  return { run };
});

/** Needs `--expose-gc`. */
function heldBytes(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}
