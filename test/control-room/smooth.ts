import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Room } from './room.js';

const WINDOW_MS = 50;
const SLOW_MS = 50;

interface Course {
  readonly changesPerSecond: number;
  readonly seconds: number;
}

interface Frames {
  readonly frames: number;
  /** Over 50 ms. */
  readonly slow: number;
  readonly changes: number;
  /** What the page counted at the end. */
  readonly shown: number;
}

/** Events with room for everybody, all on the first screens. */
export async function fill(room: Room, events: number): Promise<string[]> {
  const names = Array.from({ length: events }, (_, n) => `rush-${String(n).padStart(5, '0')}`);
  for (const eventId of names) await room.door.event({ eventId, title: `Rush ${eventId.slice(5)}`, capacity: 1_000 });
  return names;
}

/** Books at an even pace, all of it on the events that are in the window, and answers how its animation frames went. */
export async function watchRush(room: Room, page: Page, names: readonly string[], course: Course): Promise<Frames> {
  const inWindow = await page.locator('.event').count();
  const frames = page.evaluate<{ frames: number; slow: number }>(measure(course.seconds * 1_000));
  const until = performance.now() + course.seconds * 1_000;
  let changes = 0;
  for (const startedAt = performance.now(); performance.now() < until; await sleep(WINDOW_MS)) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * course.changesPerSecond);
    const bookings: Promise<unknown>[] = [];
    for (; changes < due; changes += 1)
      bookings.push(room.door.service.book(names[changes % inWindow]!, `user-${changes}`));
    await Promise.all(bookings);
  }
  const { frames: count, slow } = await frames;
  const total = changes.toLocaleString('en-GB');
  await page.locator('.figures .confirmed dd', { hasText: total }).waitFor();
  const shown = Number((await page.locator('.figures .confirmed dd').innerText()).replaceAll(',', ''));
  return { frames: count, slow, changes, shown };
}

const measure = (forMs: number): string => `new Promise((resolve) => {
  const startedAt = performance.now();
  let last = startedAt, frames = 0, slow = 0;
  const step = (now) => {
    frames += 1;
    if (now - last > ${SLOW_MS}) slow += 1;
    last = now;
    if (now - startedAt < ${forMs}) requestAnimationFrame(step); else resolve({ frames, slow });
  };
  requestAnimationFrame(step);
})`;
