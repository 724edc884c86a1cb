/** Probabilities of consecutive numbers from `first` on. */
export interface Distribution {
  readonly first: number;
  /** Their sum is 1. */
  readonly probabilities: readonly number[];
}

/**
 * Distribution of the number of successes in `count` trials with the probability `share` each. From the mode outward
 * each probability follows from its neighbour's, P(k + 1) / P(k) = (n − k) / (k + 1) · p / (1 − p): no factorial is
 * needed, so no count is too large.
 * @param least numbers whose probability is below this share of the mode's are left out
 */
export function binomial(count: number, share: number, least = 1e-290): Distribution {
  if (share <= 0) return { first: 0, probabilities: [1] };
  if (share >= 1) return { first: count, probabilities: [1] };
  const odds = share / (1 - share);
  const likeliest = Math.min(count, Math.floor((count + 1) * share));
  const above: number[] = [];
  for (let k = likeliest, value = 1; k < count; k++) {
    value *= ((count - k) / (k + 1)) * odds;
    if (value < least) break;
    above.push(value);
  }
  const below: number[] = [];
  for (let k = likeliest, value = 1; k > 0; k--) {
    value *= k / ((count - k + 1) * odds);
    if (value < least) break;
    below.push(value);
  }
  const relative = [...below.toReversed(), 1, ...above];
  const sum = relative.reduce((total, value) => total + value, 0);
  return { first: likeliest - below.length, probabilities: relative.map((value) => value / sum) };
}
