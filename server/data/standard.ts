/** Mean and standard deviation of each number that is learned. A net that learns them standardised gives y · std + mean. */
export interface Standard {
  readonly mean: readonly number[]; // [outputs]
  readonly std: readonly number[]; // [outputs], 1 of a number that is always the same
}

/** Of the numbers to learn of these samples, rounded to float32 as they are computed with. */
export function standardOf({
  targets,
  classes,
  labels,
}: {
  readonly targets: Float32Array;
  readonly classes: number;
  readonly labels: Int32Array;
}): Standard {
  const spreads = Array.from({ length: classes }, (_, output) =>
    spreadOf(targets, { from: output, step: classes, labels }),
  );
  return {
    mean: spreads.map(({ mean }) => Math.fround(mean)),
    std: spreads.map(({ deviation }) => Math.fround(deviation) || 1),
  };
}

/** Of every `step`-th number; of samples without a label, and NaN, which is no number, nothing is counted. */
export function spreadOf(
  numbers: Float32Array,
  { from, step, labels }: { readonly from: number; readonly step: number; readonly labels?: Int32Array },
) {
  let [count, mean, squares] = [0, 0, 0];
  for (let i = from; i < numbers.length; i += step) {
    const number = numbers[i] as number;
    if (Number.isNaN(number) || (labels?.[(i - from) / step] ?? 0) < 0) continue;
    // Welford: the mean may be large beside the deviation.
    count++;
    const before = number - mean;
    mean += before / count;
    squares += before * (number - mean);
  }
  return { mean, deviation: Math.sqrt(squares / Math.max(1, count)) };
}
