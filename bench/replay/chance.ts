/** Numbers from 0 up to, not including, 1: the same for the same seed, for ever (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws from 0..size-1, where the k-th is drawn in proportion to (k+1)^-exponent: few come often, most hardly ever. */
export function skewed(size: number, exponent: number, random: () => number): () => number {
  const upTo = new Float64Array(size);
  let sum = 0;
  for (let k = 0; k < size; k += 1) upTo[k] = sum += (k + 1) ** -exponent;
  return () => {
    const drawn = random() * sum;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** The smallest value that at least `share` (0..1) of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
