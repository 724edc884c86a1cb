/**
 * Exponential moving average with bias correction, so that it begins at the first value and not at 0.
 * @param factor share of the past in [0, 1): 0 leaves the values as they are. Gaps stay gaps.
 */
export function smooth(values: readonly (number | null)[], factor: number): (number | null)[] {
  if (factor <= 0) return [...values];
  const smoothed: (number | null)[] = [];
  let average = 0;
  let weight = 0; // 1 − factor^n: the share of the values in the average; the rest is the initial 0
  for (const value of values) {
    if (value === null) {
      smoothed.push(null);
      continue;
    }
    average = factor * average + (1 - factor) * value;
    weight = factor * weight + (1 - factor);
    smoothed.push(average / weight);
  }
  return smoothed;
}
