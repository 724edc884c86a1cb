import type { Shares } from "../heldBack.ts";
import { blockOrder } from "./blockOrder.ts";
import { generator, permutation, type RandomKey, shuffle } from "./random.ts";

interface Parts {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/**
 * Holds shares of the samples back, of each class the same share as nearly as whole samples allow (largest remainders
 * first), so that a part has round(share · count) rows. A part is the same whatever the share of the other one is, as long as no
 * class is too small for both: test then gets the fewer. All parts are in ascending order.
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  { validation = 0, test = 0 }: Shares,
  seed: number,
): Parts {
  const byClass = rowsByClass(labels);
  const quotasOf = (share: number) =>
    apportion(
      byClass.map((rows) => rows.length * share),
      Math.round(labels.length * share),
    );
  const quotas = { validation: quotasOf(validation), test: quotasOf(test) };
  const parts = new Uint8Array(labels.length).fill(places.train);
  byClass.forEach((rows, k) => {
    shuffle(rows, generator({ seed, step: 0, use: "data.split" }, k));
    // From both ends of one order.
    for (const row of rows.subarray(rows.length - (quotas.test[k] as number))) parts[row] = places.test;
    for (const row of rows.subarray(0, quotas.validation[k])) parts[row] = places.validation;
  });
  const rows = Int32Array.from({ length: labels.length }, (_, row) => row);
  const rowsOf = (part: number) => rows.filter((row) => parts[row] === part);
  return {
    train: rowsOf(places.train),
    validation: rowsOf(places.validation),
    test: rowsOf(places.test),
  };
}

const places = { train: 0, validation: 1, test: 2 };

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
