import { COMMANDS_PER_WORLD, campaign, reportOf, shrink } from './campaign.js';
import { MUTANTS } from './mutants.js';
import { simulate, type Mutant, type Run } from './simulation.js';

const FIXED_SEED = 20_270_101;
const COMMANDS = 100_000;
/** Enough for every mutant many times over: a world of its own for each seed. */
const MUTANT_WORLDS = 40;
const seed = Number(process.env.SIMULATION_SEED ?? Date.now() % 1_000_000_000);

async function expectSound(from: number, commands: number): Promise<Readonly<Record<string, number>>> {
  const { failed, counts } = await campaign(from, commands);
  if (failed !== null) throw new Error(reportOf(failed));
  return counts;
}

/** The first run, from the fixed seed on, in which the mutant is seen to break this promise before any other. */
async function firstCaught(mutant: Mutant, breaks: string): Promise<Run> {
  for (let at = 0; at < MUTANT_WORLDS; at += 1) {
    const run = await simulate(FIXED_SEED + at, 1_000, mutant);
    if (run.violation?.invariant === breaks) return run;
  }
  throw new Error(`lived through ${MUTANT_WORLDS} worlds`);
}

describe('processes that crash, a store that is late, clocks that jump', () => {
  test(`keep every promise in ${COMMANDS} commands (SIMULATION_SEED=${seed})`, async () => {
    const counts = await expectSound(seed, COMMANDS);
    // Or there was nothing to find.
    const rare = ['accepted', 'replayed', 'SoldOut', 'crashed', 'outcome-unknown', 'HoldExpired', 'promoted'];
    expect(rare.filter((what) => (counts[what] ?? 0) < 20)).toEqual([]);
  }, 120_000);

  test(`keep every promise from the seed ${FIXED_SEED}`, () => expectSound(FIXED_SEED, COMMANDS_PER_WORLD));

  test('live the same life again from the same seed: every byte of the log and every answer', async () => {
    for (const from of [seed, FIXED_SEED]) {
      const [once, again] = [await simulate(from, 2_000), await simulate(from, 2_000)];
      expect(again).toEqual(once);
      expect((await simulate(from + 1, 2_000)).digest).not.toBe(once.digest);
    }
  });
});

describe('the simulator notices', () => {
  const mutants = Object.entries(MUTANTS).map(([name, { mutant, breaks }]) => ({ name, mutant, breaks }));

  test.each(mutants)('that $name: $breaks', async ({ mutant, breaks }) => {
    const caught = await firstCaught(mutant, breaks);
    expect((await simulate(caught.seed, caught.commands)).violation).toBeNull();
    const shortest = await shrink(caught, mutant);
    expect(shortest.commands).toBeLessThanOrEqual(caught.commands);
    expect(await simulate(shortest.seed, shortest.commands, mutant)).toEqual(shortest);
    expect(reportOf(shortest)).toContain(`npm run simulate -- --seed ${shortest.seed} --commands ${shortest.commands}`);
  });
});
