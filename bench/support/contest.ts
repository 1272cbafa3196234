import { RIVALS, rivalNames, type RivalName } from '../rivals/all.js';
import type { Rival } from '../rivals/rival.js';
import type { Bench } from './bench.js';
import type { Contender } from './contender.js';
import { Holdfast } from './holdfast.js';
import type { Line } from './line.js';
import { drive, interleave, quantile, spreadOf } from './measure.js';
import { findPgbench, type Pgbench } from './pgbench.js';
import { onDatabase } from './postgres.js';
import { sell, type Crowd, type Sold } from './sale.js';

export const POOL_SIZES = [8, 16, 32, 64];
/** Below this share of what pgbench gets with the same statements, it is the client that was measured. */
const MIN_OF_PGBENCH = 0.8;
const SCHEDULE_BOUND_MS = 60_000;

/** A sale that all contenders hold. */
export interface Contest {
  readonly scenario: string;
  readonly callers: number;
  readonly rounds: number;
  /** Connections with which each rival is tried. */
  readonly pools: readonly number[];
  readonly counts: 'bookings' | 'attempts';
  /** Of one run; `isTryout`: a smaller one will do. */
  readonly crowd: (round: number, isTryout: boolean) => Crowd;
  /** After so long nobody asks any more. */
  readonly boundMs: number;
  readonly tryoutMs: number;
  /** How often as fast as each Holdfast is to be. */
  readonly targets: Partial<Readonly<Record<RivalName, number>>>;
  /** What pgbench does beside them: so many events, with places for all who ask or with one; 0 seconds: nothing. */
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
export async function contest(bench: Bench, grounds: Grounds, plan: Contest): Promise<void> {
  const field = new Field(bench, grounds, plan);
  const [ours, locking] = [field.holdfast('optimistic'), field.holdfast('pessimistic')];
  for (const entry of [ours, locking]) await field.run(entry, 0);
  const rivals: Entry[] = [];
  for (const key of rivalNames) rivals.push(await field.atItsBest(key));
  const others = [...rivals, locking];

  const order = others.flatMap((other) => [ours, other]);
  const results = await interleave(
    plan.rounds,
    order.map((entry) => async (round: number) => {
      const sold = await field.run(entry, round);
      await field.askPgbench(entry);
      return sold;
    }),
  );
  const runsOf = (entry: Entry): Sold[] => results.filter((_, at) => order[at] === entry).flat();
  for (const entry of [ours, ...others]) field.tell(entry, runsOf(entry));
  const oursInRound = Array.from({ length: plan.rounds }, (_, round) => {
    const rates = results.flatMap((runs, at) => (order[at] === ours ? [field.rateOf(runs[round]!)] : []));
    return quantile(rates, 0.5);
  });
  for (const entry of rivals) field.compare(entry, oursInRound, runsOf(entry));
}

/** Where one contest takes place. */
class Field {
  private readonly pgbenchRates = new Map<RivalName, number[]>(rivalNames.map((key) => [key, []]));

  constructor(
    private readonly bench: Bench,
    private readonly grounds: Grounds,
    private readonly plan: Contest,
  ) {}

  rateOf(sold: Sold): number {
    return this.plan.counts === 'bookings' ? sold.bookingsPerSecond : sold.attemptsPerSecond;
  }

  holdfast(locking: 'optimistic' | 'pessimistic'): Entry {
    const name = locking === 'optimistic' ? 'Holdfast' : 'Holdfast, LOCKING=pessimistic';
    return { name, open: () => Holdfast.open(this.grounds.holdfastUrl, locking), rival: null };
  }

  /** The rival with the pool that suits it best, after a tryout with each. */
  async atItsBest(key: RivalName): Promise<Entry> {
    const rival = RIVALS[key];
    const open = (size: number) => () => rival.open(this.grounds.rivalUrl, size);
    const rates: number[] = [];
    const pools = [...(rival.fewer ?? []), ...this.plan.pools];
    for (const size of pools)
      rates.push(this.rateOf(await this.run({ name: `${rival.name}, pool ${size}`, open: open(size) }, 0)));
    const poolSize = pools[rates.indexOf(Math.max(...rates))]!;
    const tried = `pool ${poolSize} of ${pools.join('/')} (${rates.map((rate) => Math.round(rate)).join('/')})`;
    return { name: rival.name, open: open(poolSize), rival: { key, rival, poolSize, tried } };
  }

  /** Round 0 is a tryout, and a smaller sale. */
  async run({ name, open }: Omit<Entry, 'rival'>, round: number): Promise<Sold> {
    const { plan, bench } = this;
    await bench.postgres.checkpoint();
    const contender = await open();
    try {
      const isTryout = round === 0;
      const boundMs = isTryout ? plan.tryoutMs : plan.boundMs;
      const sold = await sell(contender, plan.crowd(round, isTryout), plan.callers, boundMs);
      const rate = Math.round(this.rateOf(sold));
      bench.report.progress(`${plan.scenario} ${round}/${plan.rounds}: ${name} ${rate}/s`);
      for (const problem of sold.problems) bench.report.wrong(`${plan.scenario}, round ${round}, ${name}, ${problem}`);
      return sold;
    } finally {
      await contender.close();
    }
  }

  /** The same statements on as many connections, if there are such, and a pgbench. */
  async askPgbench({ rival: entrant }: Entry): Promise<void> {
    if (entrant === null || entrant.rival.script === null || this.plan.pgbench.seconds === 0) return;
    const pgbench = await findPgbench();
    if (pgbench === null) return;
    const { rival, poolSize, key } = entrant;
    await this.bench.postgres.checkpoint();
    const rate = await besides(pgbench, this.grounds.rivalUrl, rival, poolSize, this.plan);
    this.bench.report.progress(`${this.plan.scenario}: pgbench, "${rival.name}" ${Math.round(rate)}/s`);
    this.pgbenchRates.get(key)!.push(rate);
  }

  tell({ name, rival }: Entry, runs: readonly Sold[]): void {
    const { scenario, counts } = this.plan;
    const figure = spreadOf(runs.map((run) => this.rateOf(run)));
    const notes = [`p99 ${spreadOf(runs.map(({ p99Ms }) => p99Ms)).median.toFixed(1)} ms`];
    const floor = this.floorOf(rival);
    if (rival !== null) notes.push(rival.tried);
    if (floor !== null)
      notes.push(`${Math.round((100 * figure.median) / floor)} % of pgbench (${Math.round(floor)}/s)`);
    this.bench.report.add({
      ...{ scenario, what: `${name}, ${counts}`, unit: '/s', figure, runs: runs.length, note: notes.join('; ') },
      ...this.voidOf(rival, runs),
      bar: { panel: `${scenario}: ${counts} a second`, name, isOurs: rival === null },
    });
  }

  /** How often as fast Holdfast was, in each round. */
  compare({ name, rival }: Entry, ours: readonly number[], theirs: readonly Sold[]): void {
    const atLeast = this.plan.targets[rival!.key];
    this.bench.report.add({
      scenario: this.plan.scenario,
      what: `Holdfast against ${name}`,
      unit: '×',
      figure: spreadOf(ours.map((rate, round) => rate / this.rateOf(theirs[round]!))),
      runs: this.plan.rounds,
      ...(atLeast !== undefined && { target: { atLeast } }),
      ...this.voidOf(rival, theirs),
      note: 'of each round',
    });
  }

  /** What pgbench got with the same statements; null when there is nothing to compare with. */
  private floorOf(rival: Entrant | null): number | null {
    const floors = rival === null ? [] : this.pgbenchRates.get(rival.key)!;
    return floors.length === 0 ? null : quantile(floors, 0.5);
  }

  private voidOf(rival: Entrant | null, runs: readonly Sold[]): Pick<Line, 'void'> {
    const floor = this.floorOf(rival);
    const rate = quantile(
      runs.map((run) => this.rateOf(run)),
      0.5,
    );
    if (floor === null || rate >= MIN_OF_PGBENCH * floor) return {};
    return { void: 'its client reaches less than 80 % of pgbench' };
  }
}

/** Bookings (or attempts) a second that pgbench makes with the rival's statements. */
async function besides(
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
    const names = Array.from({ length: events }, (_, at) => String(first + at));
    await drive(names, POOL_SIZES[0]!, SCHEDULE_BOUND_MS, (event) => contender.schedule(event, seats));
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
