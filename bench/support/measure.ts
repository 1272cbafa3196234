/** A figure of several runs: the middle one, and how far they lay apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One call of a load; `caller` counts from 0. */
export interface Answered<Item, Result> {
  readonly item: Item;
  readonly result: Result;
  readonly ms: number;
  readonly caller: number;
}

/** What came of a load, item by item in the order in which they were handed out. */
export interface Run<Item, Result> {
  readonly answered: readonly Answered<Item, Result>[];
  /** From the first call to the last answer. */
  readonly elapsedMs: number;
}

/**
 * A closed loop: every caller asks, waits for the answer, and asks for the next item, as that many people at their
 * screens would. Stops handing out after `boundMs`; an error of `call` ends the run with that error.
 */
export async function drive<Item, Result>(
  items: readonly Item[],
  callers: number,
  boundMs: number,
  call: (item: Item) => Promise<Result>,
): Promise<Run<Item, Result>> {
  const answered: Answered<Item, Result>[] = new Array(items.length);
  const beganAt = performance.now();
  let next = 0;
  const ask = async (caller: number): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      const item = items[at]!;
      const askedAt = performance.now();
      if (askedAt - beganAt > boundMs) {
        next = items.length;
        return;
      }
      const result = await call(item);
      answered[at] = { item, result, ms: performance.now() - askedAt, caller };
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => ask(caller)));
  const elapsedMs = performance.now() - beganAt;
  // What the bound cut off was never asked.
  return { answered: answered.filter((entry) => entry !== undefined), elapsedMs };
}

/** The value below which the given part (0..1) of the values lies. NaN when there are none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * A B C, A B C, …: what the machine does beside us falls on all of them alike, so that their ratios hold though their
 * rates move. Answers the results of each, one per round.
 */
export async function interleave<Result>(
  rounds: number,
  runs: readonly ((round: number) => Promise<Result>)[],
): Promise<Result[][]> {
  const results: Result[][] = runs.map(() => []);
  for (let round = 1; round <= rounds; round += 1)
    for (const [at, run] of runs.entries()) results[at]!.push(await run(round));
  return results;
}

/** Numbers from 0 up to, not including, 1 that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In place, by the given chance. */
export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
  return items;
}
