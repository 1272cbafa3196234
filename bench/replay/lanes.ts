/** At most so many of something at a time; whoever comes first goes first. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(places: number) {
    this.free = places;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

/**
 * Does the groups in order: those of one lane strictly one after another, those of different lanes side by side, and
 * never more than `window` of them begun at a time, so that no lane runs far ahead of the others. A failure stops the
 * beginning of further groups and is thrown when those under way have ended.
 */
export async function inLanes<G>(
  groups: Iterable<G>,
  laneOf: (group: G) => number,
  window: number,
  work: (group: G) => Promise<void>,
): Promise<void> {
  const lanes = new Map<number, Promise<void>>();
  const failures: unknown[] = [];
  let begun = 0;
  let onEnd = (): void => undefined;
  const attempt = async (before: Promise<void> | undefined, group: G): Promise<void> => {
    await before;
    if (failures.length === 0) await work(group).catch((error: unknown) => void failures.push(error));
    begun -= 1;
    onEnd();
  };
  for (const group of groups) {
    if (begun >= window) await new Promise<void>((resolve) => (onEnd = resolve));
    if (failures.length > 0) break;
    begun += 1;
    const lane = laneOf(group);
    lanes.set(lane, attempt(lanes.get(lane), group));
  }
  await Promise.all(lanes.values());
  if (failures.length > 0) throw failures[0];
}
