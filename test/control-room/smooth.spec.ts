import { Room } from './room.js';
import { fill, watchRush } from './smooth.js';

const RUSH = { changesPerSecond: 200, seconds: 1.5 };

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

it('200 changes a second on screen are drawn, all of them, and leave the page smooth', async () => {
  const names = await fill(room, 300);
  const page = await room.look('/control-room/events');
  await page.locator('.pulse', { hasText: 'Live' }).waitFor();
  const { frames, slow, changes, shown } = await watchRush(room, page, names, RUSH);
  console.log(`${slow} of ${frames} animation frames over 50 ms, at ${changes} changes in ${RUSH.seconds} s`);
  expect(changes).toBeGreaterThan(RUSH.changesPerSecond);
  expect(shown).toBe(changes);
  expect(slow / frames).toBeLessThanOrEqual(0.05);
});
