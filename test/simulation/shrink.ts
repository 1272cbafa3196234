import type { Entry, Script } from './script.js';
import { rangesOf } from './script.js';
import { simulate, type Plan, type Run } from './simulation.js';

/** A run that fails with few of the deeds and faults of the run in which the failure was found. */
export interface Shortest {
  readonly run: Run;
  /** What is kept, by number in the script of the whole run. */
  readonly keep: readonly number[];
  /** How many runs it took. */
  readonly tries: number;
}

const MOST_TRIES = 400;

/** The part of a script that has these numbers. Faults stop when it is over. */
function partOf({ entries, calmAt }: Script, keep: readonly number[]): Script {
  const kept = keep.map((number) => entries[number - 1]!);
  return { entries: kept, calmAt: Math.min(calmAt, (kept.at(-1)?.at ?? 0) + 1) };
}

/** Runs a world again with only some of what happened to it, telling everything. */
export async function replay(plan: Plan, keep: readonly number[]): Promise<Run> {
  const { script } = await simulate(plan);
  if (keep.some((number) => number > script.entries.length)) throw new RangeError('no such entry in this world');
  return simulate({ ...plan, script: partOf(script, keep), isTold: true });
}

/**
 * Leaves out what is not needed for the same promise to be broken: first all that concerns one event, then halves,
 * quarters and so on down to single deeds and faults, as long as something goes, in so many runs at most.
 */
export async function shrink(failed: Run, plan: Plan, mostTries = MOST_TRIES): Promise<Shortest> {
  const { invariant } = failed.violation!;
  const whole = failed.script;
  let run = failed;
  let keep = whole.entries.map((_, at) => at + 1);
  let tries = 0;
  const without = async (dropped: ReadonlySet<number>): Promise<boolean> => {
    const left = keep.filter((number) => !dropped.has(number));
    if (left.length === keep.length || tries >= mostTries) return false;
    tries += 1;
    const attempt = await simulate({ ...plan, script: partOf(whole, left) });
    if (attempt.violation?.invariant !== invariant) return false;
    run = attempt;
    keep = left.filter(isIn(attempt, whole));
    return true;
  };
  for (const group of groupsOf(whole.entries)) await without(group);
  for (let size = keep.length >> 1; size >= 1; size >>= 1)
    for (let from = 0; from < keep.length;) if (!(await without(new Set(keep.slice(from, from + size))))) from += size;
  return { run, keep, tries };
}

/** What came to pass before the promise was broken. */
function isIn({ script }: Run, whole: Script): (number: number) => boolean {
  const happened = new Set(script.entries.map((entry) => ('deed' in entry ? entry.deed : entry.where)));
  return (number) => {
    const entry = whole.entries[number - 1]!;
    return happened.has('deed' in entry ? entry.deed : entry.where);
  };
}

/** What concerns one event, for each event; and each kind of thing that goes wrong. */
function groupsOf(entries: readonly Entry[]): ReadonlySet<number>[] {
  const groups = new Map<string, Set<number>>();
  for (const [at, entry] of entries.entries()) {
    const name = 'deed' in entry ? aboutOf(entry) : 'fault';
    groups.set(name, (groups.get(name) ?? new Set()).add(at + 1));
  }
  return [...groups.values()];
}

function aboutOf({ deed }: Extract<Entry, { deed: unknown }>): string {
  if (deed.kind === 'ask') return deed.wish.eventId;
  return deed.kind === 'read' || deed.kind === 'plant' ? deed.eventId : deed.kind;
}

/** What is broken, how to see it again, and the shortest history in which it shows. */
export function reportOf({ run, keep }: Pick<Shortest, 'run' | 'keep'>, { seed, commands }: Plan): string {
  const again = `replay: npm run simulate -- --seed ${seed} --commands ${commands} --keep ${rangesOf(keep)}`;
  return [run.violation!.message, again, ...run.history].join('\n');
}
