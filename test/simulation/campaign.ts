import { simulate, type Mutant, type Run } from './simulation.js';

/** One world is this long at most: many short lives find more than one long one, and are quick to replay. */
export const COMMANDS_PER_WORLD = 5_000;

/** Many worlds, with seeds one after another, up to the first violation. */
export interface Campaign {
  readonly commands: number;
  readonly worlds: number;
  readonly counts: Readonly<Record<string, number>>;
  /** The failing run, shrunk. */
  readonly failed: Run | null;
}

export async function campaign(seed: number, commands: number, onWorld?: (run: Run) => void): Promise<Campaign> {
  const counts: Record<string, number> = {};
  let done = 0;
  let worlds = 0;
  while (done < commands) {
    const run = await simulate(seed + worlds, Math.min(COMMANDS_PER_WORLD, commands - done));
    done += run.commands;
    worlds += 1;
    for (const [what, times] of Object.entries(run.counts)) counts[what] = (counts[what] ?? 0) + times;
    onWorld?.(run);
    if (run.violation !== null) return { commands: done, worlds, counts, failed: await shrink(run) };
  }
  return { commands: done, worlds, counts, failed: null };
}

/** The fewest commands that still break the same promise, as far as halving finds them. */
export async function shrink(failed: Run, mutant: Mutant = {}): Promise<Run> {
  let shortest = failed;
  let passing = 0;
  while (shortest.commands - passing > 1) {
    const commands = (passing + shortest.commands) >> 1;
    const run = await simulate(failed.seed, commands, mutant);
    if (run.violation?.invariant === failed.violation!.invariant && run.commands < shortest.commands) shortest = run;
    else passing = commands;
  }
  return shortest;
}

/** What is broken, and how to see it again. */
export const reportOf = ({ seed, commands, violation }: Run): string =>
  `${violation!.message}\nreplay: npm run simulate -- --seed ${seed} --commands ${commands}`;
