import { generator, type RandomKey } from "../random.ts";
import type { Batch } from "./change.ts";

/** For each place of the batch the place of its partner, which depends on which samples there are but not on their order. */
export function circle(rows: ArrayLike<number>, key: RandomKey): Int32Array {
  const draws = Array.from(rows, (row) => generator(key, row)());
  const places = Array.from(draws.keys()).sort(
    (a, b) => (draws[a] as number) - (draws[b] as number) || (rows[a] as number) - (rows[b] as number),
  );
  const partners = new Int32Array(rows.length);
  places.forEach((place, k) => {
    partners[place] = places[(k + 1) % places.length] as number;
  });
  return partners;
}

interface Shares {
  readonly partners: ArrayLike<number>;
  /** What each sample keeps of itself. */
  readonly shares: ArrayLike<number>;
}

/** Blends the labels of each sample with those of its partner. */
export function blendLabels(batch: Batch, given: Shares): void {
  batch.labelWeights ??= oneHot(batch);
  blendParts(batch.labelWeights, batch.rows.length, given);
}

/** Sets each of `count` equal parts to λ·(itself) + (1 − λ)·(its partner), each operation rounded to float32. */
export function blendParts(out: Float32Array, count: number, { partners, shares }: Shares): void {
  const { fround } = Math;
  const original = out.slice();
  const size = out.length / count;
  for (let i = 0; i < count; i++) {
    const share = shares[i] as number;
    const rest = fround(1 - share);
    const partner = partners[i] as number;
    for (let k = 0; k < size; k++) {
      const own = fround(share * (original[i * size + k] as number));
      out[i * size + k] = own + fround(rest * (original[partner * size + k] as number));
    }
  }
}

function oneHot({ rows, labels, classes }: Batch): Float32Array {
  const weights = new Float32Array(rows.length * classes);
  for (let i = 0; i < rows.length; i++) weights[i * classes + (labels[i] as number)] = 1;
  return weights;
}
