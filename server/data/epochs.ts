import { batchesOf, type EpochOptions } from "../epochSize.ts";
import type { RandomKey } from "./random.ts";
import { epochOrder, shuffled } from "./split.ts";

/**
 * The samples of an epoch, batch after batch, by (seed, epoch) alone. In a mixture a batch has its labelled samples first, and
 * either kind begins again, in another order, as often as the epoch needs it.
 */
export function epochRows(
  options: EpochOptions,
  { seed, epoch, shuffle, blockRows }: Parameters<typeof epochOrder>[1],
): Int32Array {
  const { count, batchSize, mixture } = options;
  if (mixture === undefined) return epochOrder(count, { seed, epoch, shuffle, blockRows });
  const { labelled, unlabelledInBatch } = mixture;
  const { batches } = batchesOf(options);
  const own = batchSize - unlabelledInBatch;
  const key = (kind: string) => (pass: number) =>
    shuffle ? { seed, step: epoch, use: `data.order.${kind}.${pass}` } : undefined;
  const known = passes(labelled, batches * own, { keyOf: key("labelled"), blockRows });
  const others = passes(count - labelled, batches * unlabelledInBatch, {
    keyOf: key("unlabelled"),
    blockRows,
  });
  const rows = new Int32Array(batches * batchSize);
  for (let batch = 0; batch < batches; batch++) {
    rows.set(known.subarray(batch * own, (batch + 1) * own), batch * batchSize);
    for (let i = 0; i < unlabelledInBatch; i++)
      rows[batch * batchSize + own + i] = labelled + (others[batch * unlabelledInBatch + i] as number);
  }
  return rows;
}

/** Orders of `count` samples, one behind the other, as far as `length`. */
function passes(
  count: number,
  length: number,
  {
    keyOf,
    blockRows,
  }: {
    readonly keyOf: (pass: number) => RandomKey | undefined;
    readonly blockRows: number | undefined;
  },
): Int32Array {
  const out = new Int32Array(length);
  for (let pass = 0; pass * count < length; pass++) {
    const key = keyOf(pass);
    const order = key ? shuffled(count, key, blockRows) : Int32Array.from({ length: count }, (_, i) => i);
    out.set(order.subarray(0, length - pass * count), pass * count);
  }
  return out;
}
