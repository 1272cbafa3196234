import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Violation } from './books.js';
import { replay, reportOf, shrink } from './shrink.js';
import { simulate, type Run } from './simulation.js';

/** One world is this long at most: many short lives find more than one long one, and are quick to replay. */
export const COMMANDS_PER_WORLD = 5_000;

/** Many worlds, with seeds one after another, up to the first violation. */
export interface Campaign {
  readonly commands: number;
  readonly worlds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: Run | null;
}

/** One world to live through. */
interface Order {
  readonly seed: number;
  readonly commands: number;
}

/** What a process of the crew says of one world; the rest is found out by running that seed again. */
interface Report {
  readonly commands: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly violation: Pick<Violation, 'invariant' | 'what'> | null;
}

/** Plain Node: twice as fast as inside a test's own context. */
const PROGRAM = fileURLToPath(new URL('../../scripts/simulate.mjs', import.meta.url));

/** Young objects are many and die at once: with this much room (MB) few of them are ever looked at. */
const YOUNG_MB = 128;

/** Worlds are independent of each other: as many processes as there are cores live through them, seed by seed. */
export async function campaign(
  from: number,
  commands: number,
  processes: number,
  onWorld: (done: Campaign) => void = () => undefined,
): Promise<Campaign> {
  const counts: Record<string, number> = {};
  const failed: Order[] = [];
  let [ordered, done, worlds] = [0, 0, 0];
  const next = (): Order | null => {
    if (ordered >= commands || failed.length > 0) return null;
    const order = { seed: from + Math.floor(ordered / COMMANDS_PER_WORLD), commands: commands - ordered };
    ordered += COMMANDS_PER_WORLD;
    return { ...order, commands: Math.min(COMMANDS_PER_WORLD, order.commands) };
  };
  const work = async (): Promise<void> => {
    const member = fork(PROGRAM, ['--crew'], { execArgv: [`--max-semi-space-size=${YOUNG_MB}`] });
    const died = once(member, 'exit').then(() => null);
    try {
      for (let order = next(); order !== null; order = next()) {
        const report = await reportOn(member, died, order);
        [done, worlds] = [done + report.commands, worlds + 1];
        for (const [what, times] of Object.entries(report.counts)) counts[what] = (counts[what] ?? 0) + times;
        if (report.violation !== null) failed.push(order);
        onWorld({ commands: done, worlds, counts, failed: null });
      }
    } finally {
      member.kill();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  const [first] = failed.sort((a, b) => a.seed - b.seed);
  return { commands: done, worlds, counts, failed: first === undefined ? null : await simulate(first) };
}

async function reportOn(member: ChildProcess, died: Promise<null>, order: Order): Promise<Report> {
  const answered = once(member, 'message') as Promise<[Report]>;
  member.send(order);
  const said = await Promise.race([answered, died]);
  if (said !== null) return said[0];
  const { seed, commands } = order;
  throw new Violation('bug', `the process that lived through --seed ${seed} --commands ${commands} died`);
}

/** In a process of the crew: one world after another, as ordered, until it is ended. */
export function serve(): void {
  process.on('message', (order: Order) => {
    void simulate(order).then(({ commands, counts, violation }) => process.send!({ commands, counts, violation }));
  });
}

/** The failing run, shrunk, told and with the command that shows it again. */
export async function explain(failed: Run): Promise<string> {
  const plan = { seed: failed.seed, commands: failed.planned };
  const { keep } = await shrink(failed, plan);
  return reportOf({ run: await replay(plan, keep), keep }, plan);
}
