import { batchesOf, type EpochOptions } from "../epochSize.ts";
import { generator, shuffle as mix, permutation, type RandomKey } from "./random.ts";
import { epochOrder, rowsByClass, shuffled } from "./split.ts";

/** What an epoch's samples follow from. */
interface EpochKey {
  readonly seed: number;
  readonly epoch: number;
  readonly shuffle: boolean;
  readonly blockRows?: number | undefined;
  /** Classes of the samples, where an epoch has as many of each; of a mixture those with labels. */
  readonly balanced?: ArrayLike<number> | undefined;
}

/**
 * The samples of an epoch, batch after batch, by (seed, epoch) alone. In a mixture a batch has its labelled samples first, and
 * either kind begins again, in another order, as often as the epoch needs it.
 */
export function epochRows(
  options: EpochOptions,
  { seed, epoch, shuffle, blockRows, balanced }: EpochKey,
): Int32Array {
  const { count, batchSize, mixture } = options;
  if (mixture === undefined && balanced) return balancedRows(balanced, { length: count, seed, epoch });
  if (mixture === undefined) return epochOrder(count, { seed, epoch, shuffle, blockRows });
  const { labelled, unlabelledInBatch } = mixture;
  const { batches } = batchesOf(options);
  const own = batchSize - unlabelledInBatch;
  const key = (kind: string) => (pass: number) =>
    shuffle ? { seed, step: epoch, use: `data.order.${kind}.${pass}` } : undefined;
  const known = balanced
    ? balancedRows(balanced, { length: batches * own, seed, epoch })
    : passes(labelled, batches * own, { keyOf: key("labelled"), blockRows });
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

/**
 * As many samples of each class, in random order. Each class continues where the last epoch ended, so that all of its samples are
 * used before one repeats.
 */
function balancedRows(
  labels: ArrayLike<number>,
  { length, seed, epoch }: { readonly length: number; readonly seed: number; readonly epoch: number },
): Int32Array {
  const byClass = rowsByClass(labels).filter((rows) => rows.length > 0);
  const out = new Int32Array(length);
  // Of what is left where the classes do not divide an epoch, each has its turn.
  const before = (k: number, epochs: number) =>
    Math.floor((epochs * length + byClass.length - 1 - k) / byClass.length);
  let end = 0;
  byClass.forEach((rows, k) => {
    let order: { readonly pass: number; readonly places: Int32Array } | undefined;
    for (let at = before(k, epoch); at < before(k, epoch + 1); at++) {
      const pass = Math.floor(at / rows.length);
      if (order?.pass !== pass)
        order = {
          pass,
          places: permutation(rows.length, { seed, step: pass, use: `data.order.class.${k}` }),
        };
      out[end++] = rows[order.places[at % rows.length] as number] as number;
    }
  });
  return mix(out, generator({ seed, step: epoch, use: "data.order.balanced" }));
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
