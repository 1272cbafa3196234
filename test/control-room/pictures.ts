import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { STRATEGIES } from '../../src/application/rehearsal/plan.js';
import { generation } from '../support/memory-projections.js';
import { Room, type Look } from './room.js';
import { playSeason } from './season.js';

interface Picture extends Look {
  readonly name: string;
  readonly path: string;
  /** When what is to be seen is there. */
  readonly ready: (page: Page, room: Room) => Promise<unknown>;
}

const REHEARSED = { places: 500, callers: 64, holdPercent: 30, processes: 2, strategies: STRATEGIES };
/** Looks that the page of the projectors takes, one a second. */
const WATCHED = 14;
const LOOK_MS = 1_000;
const HEAD = 214_800;
const PHONE = { width: 390, height: 844 };
const live = async (page: Page): Promise<void> => {
  await page.locator('.pulse.is-live').waitFor();
  await page.waitForFunction('document.querySelector(".is-loading") === null');
};
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
  { name: 'feed-light', path: '/control-room/feed', ready: live },
  { name: 'feed-dark', path: '/control-room/feed?eventId=opening-night', scheme: 'dark', ready: live },
  { name: 'feed-phone', path: '/control-room/feed', ...PHONE, ready: live },
  { name: 'projectors-light', path: '/control-room/projectors', ready: watched },
  { name: 'projectors-dark', path: '/control-room/projectors', scheme: 'dark', ready: watched },
  { name: 'projectors-phone', path: '/control-room/projectors', ...PHONE, ready: watched },
  { name: 'sign-in', path: '/control-room', as: null, ready: anything },
  { name: 'sign-in-phone', path: '/control-room', as: null, scheme: 'dark', ...PHONE, ready: anything },
  { name: 'state-empty', path: '/control-room/events?resource=nowhere', ready: live },
  { name: 'state-error', path: '/control-room/events/opening-night?revision=9999', ready: anything },
  { name: 'state-away', path: '/control-room/events', ready: cutOff },
];

const IN_DOCS = ['events-light', 'event-dark', 'events-phone', 'projectors-light'];

/** A machine that loses its network while it looks. */
async function cutOff(page: Page, { door }: Room): Promise<void> {
  await live(page);
  await page.context().setOffline(true);
  door.app.getHttpServer().closeAllConnections();
  await page.locator('.pulse.is-away').waitFor();
}

/** Long enough for a line in the chart; what it shows goes up and comes down. */
async function watched(page: Page, { door }: Room): Promise<void> {
  await live(page);
  for (let look = 0; look <= WATCHED; look += 1) {
    const share = look / WATCHED;
    const behind = Math.round(900 * Math.sin(Math.PI * share) ** 2) + 40;
    const made = Math.round(HEAD * (0.3 + 0.4 * share));
    const building = { generation: 2, live: false, state: 'building', lagMs: null } as const;
    const left = { behind: HEAD - made, perSecond: 18_000, leftMs: ((HEAD - made) / 18_000) * 1_000 };
    door.projections.now = {
      head: BigInt(HEAD),
      generations: [
        generation({
          state: 'behind',
          position: BigInt(HEAD - behind),
          behind,
          lagMs: behind * 2,
          movedAt: Date.now(),
        }),
        generation({ ...building, ...left, position: BigInt(made), movedAt: Date.now() }),
      ],
      ...{ rebuild: null, skipped: [] },
    };
    await page.waitForTimeout(LOOK_MS);
  }
}

/** Pictures of the control room during a season, as PNG into a folder; answers where they are. */
export async function takePictures(folder: string, onlyOfDocs: boolean): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const room = await Room.open();
  try {
    await playSeason(room.door, 60);
    room.door.rehearsals.begin(REHEARSED, 'operator');
    await room.door.rehearsals.ended();
    const taken: string[] = [];
    for (const picture of PICTURES.filter(({ name }) => !onlyOfDocs || IN_DOCS.includes(name))) {
      const page = await room.look(picture.path, picture);
      await picture.ready(page, room);
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
