import { blockOrder } from "./blockOrder.ts";
import { generator, permutation, type RandomKey, shuffle } from "./random.ts";

export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Holds `fraction` of the samples back, of each class the same fraction as nearly as whole samples allow (largest
 * remainders first), so that `validation` has round(fraction · count) rows. Both parts are in ascending order.
 */
export function stratifiedSplit(labels: ArrayLike<number>, fraction: number, seed: number): Split {
  const byClass = rowsByClass(labels);
  const quotas = apportion(
    byClass.map((rows) => rows.length * fraction),
    Math.round(labels.length * fraction),
  );
  const isValidation = new Uint8Array(labels.length);
  byClass.forEach((rows, k) => {
    shuffle(rows, generator({ seed, step: 0, use: "data.split" }, k));
    for (const row of rows.subarray(0, quotas[k])) isValidation[row] = 1;
  });
  const rows = Int32Array.from({ length: labels.length }, (_, row) => row);
  return {
    train: rows.filter((row) => isValidation[row] === 0),
    validation: rows.filter((row) => isValidation[row] === 1),
  };
}

/**
 * The order in which an epoch visits the samples: a permutation of its own for each (seed, epoch), or as they are.
 * @param blockRows as {@link blockOrder} takes them, where not all samples are mixed with one another
 */
export function epochOrder(
  count: number,
  {
    seed,
    epoch,
    shuffle,
    blockRows,
  }: {
    readonly seed: number;
    readonly epoch: number;
    readonly shuffle: boolean;
    readonly blockRows?: number | undefined;
  },
): Int32Array {
  return shuffle
    ? shuffled(count, { seed, step: epoch, use: "data.order" }, blockRows)
    : Int32Array.from({ length: count }, (_, row) => row);
}

/** A random order, in blocks where there are such. */
export const shuffled = (count: number, key: RandomKey, blockRows?: number): Int32Array =>
  blockRows === undefined ? permutation(count, key) : blockOrder(count, blockRows, key);

/** Cuts an order into batches; the last one may be short, or is left out. */
export function* batches(
  order: Int32Array,
  { batchSize, dropRemainder = false }: { readonly batchSize: number; readonly dropRemainder?: boolean },
): Generator<Int32Array> {
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = order.subarray(start, start + batchSize);
    if (batch.length === batchSize || !dropRemainder) yield batch;
  }
}

/** Rows of each class, by its number. */
export function rowsByClass(labels: ArrayLike<number>): Int32Array[] {
  const byClass: number[][] = [];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    while (byClass.length <= label) byClass.push([]);
    byClass[label]?.push(row);
  }
  return byClass.map((rows) => Int32Array.from(rows));
}

/**
 * Whole numbers that add up to `total` and are nearest to the shares: what is left after rounding down goes to the
 * largest remainders.
 */
function apportion(shares: readonly number[], total: number): number[] {
  const quotas = shares.map(Math.floor);
  const left = total - quotas.reduce((sum, quota) => sum + quota, 0);
  const remainders = shares.map((share, k) => ({ k, remainder: share - Math.floor(share) }));
  remainders.sort((a, b) => b.remainder - a.remainder || a.k - b.k);
  const raised = new Set(remainders.slice(0, left).map(({ k }) => k));
  return quotas.map((quota, k) => (raised.has(k) ? quota + 1 : quota));
}
