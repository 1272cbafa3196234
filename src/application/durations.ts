/** The lowest range ends here, in milliseconds; each further one is a tenth wider. */
const FIRST_MS = 0.05;
const STEP = 1.1;
/** The highest begins at 9 s, which is longer than anybody is kept waiting for a command. */
const RANGES = 128;
const PER_STEP = 1 / Math.log(STEP);

/**
 * How long many things took, in half a kilobyte whatever their number. A quantile is told at most a tenth too high, and
 * never too low.
 */
export class Durations {
  private readonly counts = new Uint32Array(RANGES);
  private longestMs = 0;
  private total = 0;

  /** How many there were. */
  get count(): number {
    return this.total;
  }

  observe(ms: number): void {
    const at = ms <= FIRST_MS ? 0 : Math.min(RANGES - 1, Math.ceil(Math.log(ms / FIRST_MS) * PER_STEP));
    this.counts[at]! += 1;
    this.total += 1;
    if (ms > this.longestMs) this.longestMs = ms;
  }

  /** Within how many milliseconds that share of them ended, from 0 to 1; null: there were none. */
  within(share: number): number | null {
    if (this.total === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.total));
    let seen = 0;
    for (let at = 0; at < RANGES - 1; at += 1) {
      seen += this.counts[at]!;
      if (seen >= rank) return Math.min(this.longestMs, FIRST_MS * STEP ** at);
    }
    return this.longestMs;
  }
}
