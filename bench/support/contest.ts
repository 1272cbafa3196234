import { RIVALS, rivalNames, type RivalName } from '../rivals/all.js';
import type { Rival } from '../rivals/rival.js';
import type { Bench } from './bench.js';
import type { Contender } from './contender.js';
import { Holdfast } from './holdfast.js';
import { interleave, quantile, spreadOf } from './measure.js';
import { findPgbench, type Pgbench } from './pgbench.js';
import { onDatabase } from './postgres.js';
import { sell, type Crowd, type Sold } from './sale.js';

export const POOL_SIZES = [8, 16, 32, 64];
/** Below this share of what pgbench gets with the same statements, it is the client that was measured. */
const MIN_OF_PGBENCH = 0.8;

/** A sale that all contenders hold. */
export interface Contest {
  readonly scenario: string;
  readonly callers: number;
  readonly rounds: number;
  readonly counts: 'bookings' | 'attempts';
  /** Of one run; `isTryout`: a smaller one will do. */
  readonly crowd: (round: number, isTryout: boolean) => Crowd;
  /** After so long nobody asks any more. */
  readonly boundMs: number;
  readonly tryoutMs: number;
  /** How often as fast as each Holdfast is to be. */
  readonly targets: Partial<Readonly<Record<RivalName, number>>>;
  /** What pgbench does beside them: so many events, with places for all who ask or with one. */
  readonly pgbench: { readonly events: number; readonly seats: number; readonly seconds: number };
}

/** A contender as it goes into the rounds. */
interface Entry {
  readonly name: string;
  readonly open: () => Promise<Contender>;
  /** Null: it is Holdfast. */
  readonly rival: Entrant | null;
}

/** A rival with the pool that suits it best. */
interface Entrant {
  readonly key: RivalName;
  readonly rival: Rival;
  readonly poolSize: number;
  /** Its rates at all sizes, as text. */
  readonly tried: string;
}

/** Where each has its tables. */
export interface Grounds {
  readonly holdfastUrl: string;
  readonly rivalUrl: string;
}

/**
 * All contenders in the same rounds on the same server: each rival first at every pool size, to find its best, then round
 * by round with Holdfast before each of them, so that none has the quiet moments.
 */
export async function contest(bench: Bench, { holdfastUrl, rivalUrl }: Grounds, plan: Contest): Promise<void> {
  const { report, postgres } = bench;
  const rateOf = (sold: Sold): number => (plan.counts === 'bookings' ? sold.bookingsPerSecond : sold.attemptsPerSecond);
  const run = async (entry: Omit<Entry, 'rival'>, round: number, isTryout: boolean): Promise<Sold> => {
    const contender = await entry.open();
    try {
      const boundMs = isTryout ? plan.tryoutMs : plan.boundMs;
      const sold = await sell(contender, plan.crowd(round, isTryout), plan.callers, boundMs);
      report.progress(`${plan.scenario} ${round}/${plan.rounds}: ${entry.name} ${Math.round(rateOf(sold))}/s`);
      for (const problem of sold.problems) report.wrong(`${plan.scenario}, round ${round}, ${entry.name}, ${problem}`);
      return sold;
    } finally {
      await contender.close();
    }
  };

  await postgres.checkpoint();
  const ours: Entry = { name: 'Holdfast', open: () => Holdfast.open(holdfastUrl, 'optimistic'), rival: null };
  const locking: Entry = {
    name: 'Holdfast, LOCKING=pessimistic',
    open: () => Holdfast.open(holdfastUrl, 'pessimistic'),
    rival: null,
  };
  for (const entry of [ours, locking]) await run(entry, 0, true);
  const others: Entry[] = [];
  for (const key of rivalNames) {
    const rival = RIVALS[key];
    const rates: number[] = [];
    for (const size of POOL_SIZES) {
      const entry = { name: `${rival.name}, pool ${size}`, open: () => rival.open(rivalUrl, size) };
      rates.push(rateOf(await run(entry, 0, true)));
    }
    const poolSize = POOL_SIZES[rates.indexOf(Math.max(...rates))]!;
    const tried = `pool ${poolSize} of ${POOL_SIZES.join('/')} (${rates.map((rate) => Math.round(rate)).join('/')})`;
    const entrant = { key, rival, poolSize, tried };
    others.push({ name: rival.name, open: () => rival.open(rivalUrl, poolSize), rival: entrant });
  }
  others.push(locking);

  const pgbench = await findPgbench();
  const floors = new Map<RivalName, number[]>(rivalNames.map((key) => [key, []]));
  const beside = async ({ rival: entrant }: Entry): Promise<void> => {
    if (pgbench === null || entrant === null || entrant.rival.script === null) return;
    const rate = await askPgbench(pgbench, rivalUrl, entrant.rival, entrant.poolSize, plan);
    report.progress(`${plan.scenario}: pgbench with the statements of "${entrant.rival.name}" ${Math.round(rate)}/s`);
    floors.get(entrant.key)!.push(rate);
  };
  const order = others.flatMap((other) => [ours, other]);
  const results = await interleave(
    plan.rounds,
    order.map((entry) => async (round: number) => {
      const sold = await run(entry, round, false);
      await beside(entry);
      return sold;
    }),
  );
  const runsOf = (entry: Entry): Sold[] => results.filter((_, at) => order[at] === entry).flat();
  tell(bench, plan, ours, runsOf(ours).map(rateOf), runsOf(ours), null);
  for (const entry of others)
    tell(bench, plan, entry, runsOf(entry).map(rateOf), runsOf(entry), floorOf(entry, floors, pgbench));
  const oursInRound = Array.from({ length: plan.rounds }, (_, round) =>
    quantile(
      results.flatMap((runs, at) => (order[at] === ours ? [rateOf(runs[round]!)] : [])),
      0.5,
    ),
  );
  for (const entry of others) {
    if (entry.rival === null) continue;
    const atLeast = plan.targets[entry.rival.key];
    const theirs = runsOf(entry).map(rateOf);
    report.add({
      scenario: plan.scenario,
      what: `Holdfast against ${entry.name}`,
      unit: '×',
      figure: spreadOf(oursInRound.map((rate, round) => rate / theirs[round]!)),
      runs: plan.rounds,
      ...(atLeast !== undefined && { target: { atLeast } }),
      note: 'of each round',
    });
  }
}

/** What pgbench got with the same statements; null when there is nothing to compare with. */
function floorOf(
  { rival }: Entry,
  floors: ReadonlyMap<RivalName, readonly number[]>,
  pgbench: Pgbench | null,
): number | null {
  if (pgbench === null || rival === null) return null;
  const rates = floors.get(rival.key)!;
  return rates.length === 0 ? null : quantile(rates, 0.5);
}

function tell(
  { report }: Bench,
  { scenario, counts }: Contest,
  { name, rival }: Entry,
  rates: readonly number[],
  runs: readonly Sold[],
  floor: number | null,
): void {
  const figure = spreadOf(rates);
  const p99 = spreadOf(runs.map(({ p99Ms }) => p99Ms)).median;
  const share = floor === null ? null : figure.median / floor;
  const notes = [`p99 ${p99.toFixed(1)} ms`];
  if (rival !== null) notes.push(rival.tried);
  if (share !== null) notes.push(`${Math.round(100 * share)} % of pgbench (${Math.round(floor!)}/s)`);
  report.add({
    scenario,
    what: `${name}, ${counts}`,
    unit: '/s',
    figure,
    runs: runs.length,
    note: notes.join('; '),
    ...(share !== null && share < MIN_OF_PGBENCH && { void: 'its client reaches less than 80 % of pgbench' }),
    bar: { panel: `${scenario}: ${counts} a second`, name, isOurs: rival === null },
  });
}

/** Bookings (or attempts) a second that pgbench makes with the rival's statements. */
async function askPgbench(
  pgbench: Pgbench,
  url: string,
  rival: Rival,
  clients: number,
  { pgbench: { events, seats, seconds }, counts }: Contest,
): Promise<number> {
  const contender = await rival.open(url, POOL_SIZES[0]!);
  // Names that are numbers, because those pgbench can draw; no two runs have the same.
  const first = Date.now() * 1_000;
  const last = first + events - 1;
  try {
    for (let event = first; event <= last; event += 1) await contender.schedule(String(event), seats);
  } finally {
    await contender.close();
  }
  const booked = (): Promise<number> =>
    onDatabase(url, async (client) => {
      const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${rival.schema}.bookings`);
      return rows[0]!.n;
    });
  const before = await booked();
  const transactions = await pgbench.run(url, { script: rival.script!, clients, seconds, events: { first, last } });
  return counts === 'attempts' ? transactions : ((await booked()) - before) / seconds;
}
