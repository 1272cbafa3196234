import { COMMANDS_PER_WORLD, campaign, explain } from './crew.js';
import { MUTANTS } from './mutants.js';
import { chanceOf, profileOf } from './profile.js';
import { PROJECTOR_MUTANTS } from './projector-mutants.js';
import { replay, reportOf, shrink } from './shrink.js';
import { numbersIn, rangesOf } from './script.js';
import { simulate, type Run } from './simulation.js';
import type { Mutant } from './mutant.js';

const FIXED_SEED = 20_270_101;
const COMMANDS = 100_000;
/** Enough for every mutant many times over: a world of its own for each seed. */
const MUTANT_WORLDS = 40;
const MUTANT_COMMANDS = 600;
/** Enough to see that it gets shorter. */
const SHRINK_TRIES = 60;
const seed = Number(process.env.SIMULATION_SEED ?? Date.now() % 1_000_000_000);

async function expectSound(from: number, commands: number): Promise<Readonly<Record<string, number>>> {
  // One: other specs have the other cores, and each process has to get warm.
  const { failed, counts } = await campaign(from, commands, 1);
  if (failed !== null) throw new Error(await explain(failed));
  return counts;
}

/** The first run, from the fixed seed on, in which the mutant is seen to break this promise before any other. */
async function firstCaught(mutant: Mutant, breaks: string, needsProjectors: boolean): Promise<Run> {
  for (let [seed, worlds] = [FIXED_SEED, 0]; worlds < MUTANT_WORLDS; seed += 1) {
    // Only some of the worlds have tables.
    if (needsProjectors && profileOf(chanceOf(seed)).projectors === 0) continue;
    worlds += 1;
    const run = await simulate({ seed, commands: MUTANT_COMMANDS, mutant });
    if (run.violation?.invariant === breaks) return run;
  }
  throw new Error(`lived through ${MUTANT_WORLDS} worlds`);
}

describe('processes that crash, a store that is late, clocks that jump, tables that follow', () => {
  test(`keep every promise in ${COMMANDS} commands (SIMULATION_SEED=${seed})`, async () => {
    const counts = await expectSound(seed, COMMANDS);
    // Or there was nothing to find.
    const rare = ['accepted', 'replayed', 'SoldOut', 'crashed', 'outcome-unknown', 'HoldExpired', 'promoted'];
    const ofTables = ['reads', 'projector crash', 'projector cut', 'projector stop'];
    expect(rare.filter((what) => (counts[what] ?? 0) < 20)).toEqual([]);
    // Only some of the worlds have tables, and by chance they may be few.
    expect(ofTables.filter((what) => (counts[what] ?? 0) === 0)).toEqual([]);
  }, 120_000);

  test(`keep every promise from the seed ${FIXED_SEED}`, () => expectSound(FIXED_SEED, COMMANDS_PER_WORLD));

  test('live the same life again from the same seed: every byte of the log, every answer and every fault', async () => {
    for (const from of [seed, FIXED_SEED]) {
      const [once, again] = [
        await simulate({ seed: from, commands: 1_000 }),
        await simulate({ seed: from, commands: 1_000 }),
      ];
      expect(again).toEqual(once);
      expect((await simulate({ seed: from + 1, commands: 1_000 })).digest).not.toBe(once.digest);
    }
  });

  test('live the same life again from the script of the first', async () => {
    const plan = { seed: FIXED_SEED, commands: 500 };
    const once = await simulate(plan);
    const again = await simulate({ ...plan, script: once.script });
    // Nobody has to think of what to do next.
    const counts = { ...again.counts, steps: once.counts['steps'] };
    expect({ ...again, counts }).toEqual(once);
  });
});

describe('the simulator notices', () => {
  const mutants = Object.entries({ ...MUTANTS, ...PROJECTOR_MUTANTS }).map(([name, { mutant, breaks }]) => ({
    name,
    mutant,
    breaks,
    ofTables: name in PROJECTOR_MUTANTS,
  }));

  test.each(mutants)('that $name: $breaks', async ({ mutant, breaks, ofTables }) => {
    const caught = await firstCaught(mutant, breaks, ofTables);
    const plan = { seed: caught.seed, commands: caught.planned, mutant };
    expect((await simulate({ ...plan, mutant: {} })).violation).toBeNull();
    const shortest = await shrink(caught, plan, SHRINK_TRIES);
    expect(shortest.keep.length).toBeLessThan(caught.script.entries.length);
    const again = await replay(plan, numbersIn(rangesOf(shortest.keep))!);
    expect(again.violation).toEqual(shortest.run.violation);
    const report = reportOf({ ...shortest, run: again }, plan);
    expect(report.split('\n')[0]).toMatch(new RegExp(`^${breaks} `));
    expect(report).toContain(`npm run simulate -- --seed ${plan.seed} --commands ${plan.commands} --keep`);
  });
});
