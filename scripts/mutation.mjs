/**
 * `npm run mutation`: how many small breaks of the domain and of the application their specs notice; some twenty
 * minutes. `npm run mutation -- domain --mutate src/domain/booking/holds.ts`: of one room or file; what follows the room
 * is Stryker's own. What was known stays known, in `.holdfast/mutation`, until a file changes.
 */
import { spawnSync } from 'node:child_process';
import { prepareToCheck, root } from './prepare.mjs';

const ROOMS = ['domain', 'application', 'use-cases'];

prepareToCheck();
const [first, ...rest] = process.argv.slice(2);
const rooms = ROOMS.includes(first) ? [first] : ROOMS;
const options = ROOMS.includes(first) ? rest : process.argv.slice(2);
for (const room of rooms) {
  const stryker = ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', ...options];
  const env = { ...process.env, MUTATED_ROOM: room };
  const { status } = spawnSync(process.execPath, stryker, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
