/** Books on so many events: each once while none is in memory, then here and there. What the cache keeps, and holds. */
import { serveChild } from '../support/child.js';
import { Holdfast } from '../support/holdfast.js';
import { drive, seededRandom } from '../support/measure.js';

export interface ManyEventsTask {
  readonly url: string;
  readonly events: readonly string[];
}

export interface ManyEventsResult {
  /** The first booking of each event, from nothing in memory. */
  readonly coldPerSecond: number;
  /** Bookings on events taken by chance. */
  readonly warmPerSecond: number;
  readonly cached: number;
  /** What memory holds more than before, in megabytes (10^6 bytes), after the garbage was collected. */
  readonly megabytes: number;
}

const WARM = 10_000;
const CALLERS = 256;
const BOUND_MS = 120_000;

serveChild<ManyEventsTask, ManyEventsResult>(async ({ url, events }) => {
  const holdfast = await Holdfast.open(url, 'optimistic');
  const run = async (): Promise<ManyEventsResult> => {
    globalThis.gc!();
    const before = process.memoryUsage().heapUsed;
    const cold = await rate(events, (eventId) => holdfast.book(eventId, 'first'));
    const random = seededRandom(events.length);
    const visits = Array.from({ length: WARM }, (_, at) => ({
      eventId: events[Math.floor(random() * events.length)]!,
      userId: `user-${at}`,
    }));
    const warm = await rate(visits, ({ eventId, userId }) => holdfast.book(eventId, userId));
    globalThis.gc!();
    const megabytes = (process.memoryUsage().heapUsed - before) / 1e6;
    const cached = holdfast.cachedEvents();
    await holdfast.close();
    return { coldPerSecond: cold, warmPerSecond: warm, cached, megabytes };
  };
  return { run };
});

async function rate<Item>(items: readonly Item[], call: (item: Item) => Promise<unknown>): Promise<number> {
  const { answered, elapsedMs } = await drive(items, CALLERS, BOUND_MS, call);
  return (answered.length / elapsedMs) * 1_000;
}
