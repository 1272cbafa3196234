import { reportOf, replay, shrink } from './shrink.js';
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

export async function campaign(
  seed: number,
  commands: number,
  onWorld: (done: Campaign) => void = () => undefined,
): Promise<Campaign> {
  const counts: Record<string, number> = {};
  let done: Campaign = { commands: 0, worlds: 0, counts, failed: null };
  while (done.commands < commands && done.failed === null) {
    const most = Math.min(COMMANDS_PER_WORLD, commands - done.commands);
    const run = await simulate({ seed: seed + done.worlds, commands: most });
    for (const [what, times] of Object.entries(run.counts)) counts[what] = (counts[what] ?? 0) + times;
    const failed = run.violation === null ? null : run;
    done = { commands: done.commands + run.commands, worlds: done.worlds + 1, counts, failed };
    onWorld(done);
  }
  return done;
}

/** The failing run, shrunk, told and with the command that shows it again. */
export async function explain(failed: Run): Promise<string> {
  const plan = { seed: failed.seed, commands: failed.planned };
  const { keep } = await shrink(failed, plan);
  return reportOf({ run: await replay(plan, keep), keep }, plan);
}
