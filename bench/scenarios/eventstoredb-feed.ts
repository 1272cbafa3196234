import type { EventFeed, Position } from '../../src/application/ports.js';
import { makeBatches, recordsIn } from '../support/batches.js';
import { openLog, type EventStoreDbBench } from '../support/event-store-db.js';
import { spreadOf } from '../support/measure.js';
import { count } from '../support/print.js';

const LOG = { streams: 8, group: 50, appends: 75 };
const QUICK_LOG = { ...LOG, appends: 15 };
const ROUNDS = 5;
const QUICK_ROUNDS = 3;
const ROUND_BOUND_MS = 60_000;

/** How fast the feed gives back what lies in the log, each record once and in order. No table is written. */
export async function feed({ report, server, quick }: EventStoreDbBench): Promise<void> {
  const grouping = quick ? QUICK_LOG : LOG;
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  const log = openLog(server.url);
  try {
    const before = await log.feed.head();
    const written = new Set<string>();
    const streams = makeBatches(grouping).map(async (batches) => {
      for (const { stream, expectedRevision, sealed } of batches) {
        const { kind } = await log.store.append(stream, expectedRevision, sealed);
        if (kind !== 'appended') throw new Error('a conflict where nobody else writes');
        for (const { revision } of sealed) written.add(`${stream} ${revision}`);
      }
    });
    await Promise.all(streams);
    const rates: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const { places, elapsedMs } = await readBack(log.feed, before);
      rates.push((places.length / elapsedMs) * 1_000);
      const problem = whatIsWrong(written, places);
      if (problem !== null) report.wrong(`feed, round ${round}: ${problem}`);
    }
    const what = `read back, no rows written, ${count(recordsIn(grouping))} records`;
    const note = server.caveat;
    report.add({ scenario: 'feed', what, unit: '/s', figure: spreadOf(rates), runs: rounds, note });
  } finally {
    await log.close();
  }
}

/** All that is in the log after a position, and how long it took to come. */
async function readBack(from: EventFeed, before: Position): Promise<{ places: string[]; elapsedMs: number }> {
  const head = await from.head();
  const places: string[] = [];
  const beganAt = performance.now();
  for await (const page of from.after(before, AbortSignal.timeout(ROUND_BOUND_MS))) {
    for (const { stream, revision } of page) places.push(`${stream} ${revision}`);
    if (page.at(-1)!.position >= head) return { places, elapsedMs: performance.now() - beganAt };
  }
  throw new Error(`the feed did not come to the end of the log in ${ROUND_BOUND_MS} ms`);
}

/** Others may write to the same server: what is not ours is left out. */
function whatIsWrong(written: ReadonlySet<string>, places: readonly string[]): string | null {
  const ours = places.filter((place) => written.has(place));
  if (ours.length !== written.size || new Set(ours).size !== written.size)
    return `${ours.length} records of ${written.size}, ${new Set(ours).size} of them different`;
  const next = new Map<string, number>();
  for (const place of ours) {
    const [stream, revision] = place.split(' ') as [string, string];
    if (Number(revision) !== (next.get(stream) ?? 0)) return `${stream} came out of order`;
    next.set(stream, Number(revision) + 1);
  }
  return null;
}
