import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { STRATEGIES } from '../../src/application/rehearsal/plan.js';
import { Room, type Look } from './room.js';
import { playSeason } from './season.js';

interface Picture extends Look {
  readonly name: string;
  readonly path: string;
  /** When what is to be seen is there. */
  readonly ready: (page: Page) => Promise<unknown>;
}

const REHEARSED = { places: 500, callers: 64, holdPercent: 30, processes: 2, strategies: STRATEGIES };
const PHONE = { width: 390, height: 844 };
const live = (page: Page): Promise<unknown> => page.locator('.pulse.is-live').waitFor();
const anything = async (): Promise<void> => undefined;

const PICTURES: readonly Picture[] = [
  { name: 'events-light', path: '/control-room/events', ready: live },
  { name: 'events-dark', path: '/control-room/events', scheme: 'dark', ready: live },
  { name: 'events-phone', path: '/control-room/events', ...PHONE, ready: live },
  { name: 'rehearsal-light', path: '/control-room/rehearsal', ready: live },
  { name: 'rehearsal-dark', path: '/control-room/rehearsal', scheme: 'dark', ready: live },
  { name: 'rehearsal-phone', path: '/control-room/rehearsal', ...PHONE, ready: live },
  { name: 'event-light', path: '/control-room/events/opening-night', ready: live },
  { name: 'event-dark', path: '/control-room/events/opening-night?revision=30', scheme: 'dark', ready: live },
  { name: 'event-phone', path: '/control-room/events/opening-night', ...PHONE, ready: live },
  { name: 'event-table', path: '/control-room/events/opening-night?revision=30', script: false, ready: anything },
  { name: 'event-own', path: '/control-room/events/opening-night', as: 'guest-1 booking', ready: live },
  { name: 'events-table', path: '/control-room/events', script: false, ready: anything },
  { name: 'sign-in', path: '/control-room', as: null, ready: anything },
];

/** Pictures of the control room during a season, as PNG into a folder; answers where they are. */
export async function takePictures(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const room = await Room.open({}, true);
  try {
    await playSeason(room.door, 60);
    room.door.rehearsals.begin(REHEARSED, 'operator');
    await room.door.rehearsals.ended();
    const taken: string[] = [];
    for (const picture of PICTURES) {
      const page = await room.look(picture.path, picture);
      await picture.ready(page);
      const file = path.join(folder, `${picture.name}.png`);
      await page.screenshot({ path: file });
      taken.push(file);
      await page.close();
    }
    return taken;
  } finally {
    await room.close();
  }
}
