import { Room } from './room.js';
import { fill, watchRush } from './smooth.js';

interface Figures {
  readonly events: number;
  /** Of the document, in the service's own process, without a browser; the median of some. */
  readonly firstPageMs: number;
  /** Until the browser has the document and its scripts. */
  readonly loadedMs: number;
  /** Until every event is in the grid and the feed is open. */
  readonly liveMs: number;
  readonly seconds: number;
  readonly changes: number;
  readonly frames: number;
  readonly slowFrames: number;
  /** What falls short of its target, in words; none: all were reached. */
  readonly short: readonly string[];
}

const TRIES = 9;
const FIRST_PAGE_MS = 300;
const SLOW_SHARE = 0.05;

/** What the control room reaches on this machine, browser and service on the same processors. */
export async function takeFigures(events: number, seconds: number): Promise<Figures> {
  const room = await Room.open();
  try {
    const names = await fill(room, events);
    const asked: number[] = [];
    for (let n = 0; n < TRIES; n += 1) {
      const at = performance.now();
      await room.door.ask('GET', '/control-room/events', 'operator audit:read');
      asked.push(performance.now() - at);
    }
    const startedAt = performance.now();
    const page = await room.look('/control-room/events');
    const loadedMs = await page.evaluate<number>(
      'performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart',
    );
    await page.locator('.pulse', { hasText: 'Live' }).waitFor({ timeout: 60_000 });
    const liveMs = performance.now() - startedAt;
    const { frames, slow, changes } = await watchRush(room, page, names, { changesPerSecond: 200, seconds });
    const firstPageMs = asked.sort((a, b) => a - b)[Math.floor(TRIES / 2)]!;
    const short = [
      ...(firstPageMs > FIRST_PAGE_MS ? [`the first page takes more than ${FIRST_PAGE_MS} ms`] : []),
      ...(slow / frames > SLOW_SHARE ? [`more than ${SLOW_SHARE * 100} % of the frames take over 50 ms`] : []),
    ];
    return { events, firstPageMs, loadedMs, liveMs, seconds, changes, frames, slowFrames: slow, short };
  } finally {
    await room.close();
  }
}
