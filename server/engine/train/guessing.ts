/**
 * Accuracy of always predicting the most frequent class, as `33.3 %`, where these predictions are not better by two standard
 * deviations.
 */
export function noMoreThanGuessing(right: readonly boolean[], labels: ArrayLike<number>): string | undefined {
  const chance = mostFrequent(labels);
  const clear = chance + 2 * Math.sqrt((chance * (1 - chance)) / Math.max(1, right.length));
  return share(right) >= clear ? undefined : asPercent(chance);
}

/** `0.333` as `33.3 %`. */
export const asPercent = (part: number): string => `${(100 * part).toFixed(1)} %`;

const share = (right: readonly boolean[]): number => right.filter(Boolean).length / Math.max(1, right.length);

/** The share of the most frequent of these labels. */
export function mostFrequent(labels: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (const label of Array.from(labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(1, labels.length);
}
