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
