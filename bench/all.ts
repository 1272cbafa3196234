import { asOf } from './scenarios/as-of.js';
import { breakdown } from './scenarios/breakdown.js';
import { catchUp } from './scenarios/catch-up.js';
import { cluster } from './scenarios/cluster.js';
import { controlRoom } from './scenarios/control-room.js';
import { hotel } from './scenarios/hotel.js';
import { http } from './scenarios/http.js';
import { lag } from './scenarios/lag.js';
import { mixed } from './scenarios/mixed.js';
import { overload, slowSockets } from './scenarios/overload.js';
import { rebuildBeside } from './scenarios/rebuild.js';
import { flash, lastPlace, spread } from './scenarios/sales.js';
import { logSize, manyEvents, streamLength } from './scenarios/scaling.js';
import { start } from './scenarios/start.js';
import { twoProcesses } from './scenarios/two-processes.js';
import { visible } from './scenarios/visible.js';
import { takeEach, type Bench } from './support/bench.js';
import type { Grounds } from './support/contest.js';
import { prepareDatabase } from './support/holdfast.js';

type Scenario = (bench: Bench, grounds: Grounds) => Promise<void>;

/** On a log of its own: what it writes is not folded by those who come later. */
const apart =
  (name: string, scenario: Scenario): Scenario =>
  async (bench, grounds) => {
    const holdfastUrl = await bench.postgres.database(name);
    await prepareDatabase(holdfastUrl);
    return scenario(bench, { ...grounds, holdfastUrl });
  };

/** The whole table, in the order in which it is taken. Each is a function that reports its own lines. */
export const ALL: Readonly<Record<string, Scenario>> = {
  flash,
  spread: apart('spread', spread),
  'last-place': apart('last_place', lastPlace),
  mixed: apart('mixed', mixed),
  'two-processes': apart('two_processes', twoProcesses),
  http,
  cluster,
  'control-room': controlRoom,
  overload,
  'slow-sockets': slowSockets,
  replay: hotel,
  'catch-up': (bench, { holdfastUrl }) => catchUp(bench, holdfastUrl),
  rebuild: apart('rebuild', rebuildBeside),
  'as-of': asOf,
  breakdown: apart('breakdown', breakdown),
  visible: (bench, { holdfastUrl }) => visible(bench, holdfastUrl),
  start,
  lag,
  'stream-length': streamLength,
  'many-events': manyEvents,
  'log-size': logSize,
};

/** What grows, and how it bears that: `--scaling`. */
export const SCALING = ['lag', 'stream-length', 'many-events', 'log-size'];

/** Takes the figures of the given names, everything on one server. */
export async function runAll(bench: Bench, only: readonly string[]): Promise<void> {
  const holdfastUrl = await bench.postgres.database('holdfast');
  const rivalUrl = await bench.postgres.database('rival');
  await prepareDatabase(holdfastUrl);
  await takeEach(bench, ALL, only, (scenario) => scenario(bench, { holdfastUrl, rivalUrl }));
}
