import { number } from "../../parameters/parameter.ts";
import { type Generator, generator, normals, type RandomKey, uniform } from "../random.ts";
import { blend } from "./augmentation.ts";
import type { Batch } from "./change.ts";

/**
 * x̃ = λ·x + (1 − λ)·x′ and the same for the labels, λ ~ Beta(alpha, alpha) for each sample and x′ its partner. The samples of a
 * batch stand in a random circle, and each one's partner is the next.
 */
export const mixup = blend({
  description: "Blends pairs of samples and their labels (Zhang et al. 2018).",
  hint: "Blend pairs of samples.",
  parameters: {
    alpha: number(
      "Parameter of the Beta(alpha, alpha) distribution that the share of the blend is drawn from.",
      {
        exclusiveMinimum: 0,
        examples: [0.2],
      },
    ),
  },
  blendsLabels: true,
  change: ({ alpha }, use) => ({
    type: "mixup",
    draws: { partner: { shape: [], dtype: "int32" }, share: { shape: [], dtype: "float32" } },
    draw({ rows, seed, step }, { partner, share }) {
      partner?.set(circle(rows, { seed, step, use }));
      for (let i = 0; i < rows.length; i++)
        (share as Float32Array)[i] = beta(alpha, generator({ seed, step, use: `${use}.lambda` }, rows[i]));
    },
    apply(batch, { partner, share }) {
      const weights = batch.labelWeights ?? oneHot(batch);
      for (const values of [batch.values, weights]) {
        const original = values.slice();
        for (let i = 0; i < batch.rows.length; i++)
          mix(values, original, {
            i,
            partner: partner?.[i] as number,
            count: batch.rows.length,
            share: share?.[i] as number,
          });
      }
      batch.labelWeights = weights;
    },
  }),
});

/** Sets part `i` of `count` equal parts to λ·(itself) + (1 − λ)·(part `partner`), each operation rounded to float32. */
function mix(
  out: Float32Array,
  original: Float32Array,
  { i, partner, count, share }: { i: number; partner: number; count: number; share: number },
): void {
  const { fround } = Math;
  const size = out.length / count;
  const rest = fround(1 - share);
  for (let k = 0; k < size; k++) {
    const own = fround(share * (original[i * size + k] as number));
    out[i * size + k] = own + fround(rest * (original[partner * size + k] as number));
  }
}

function oneHot({ rows, labels, classes }: Batch): Float32Array {
  const weights = new Float32Array(rows.length * classes);
  for (let i = 0; i < rows.length; i++) weights[i * classes + (labels[i] as number)] = 1;
  return weights;
}

/** For each place of the batch the place of its partner, which depends on which samples there are but not on their order. */
function circle(rows: ArrayLike<number>, key: RandomKey): Int32Array {
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

/** Beta(α, α) as G / (G + G′) of two gamma numbers, by their logarithms: for small α both are often too small for a float64. */
export function beta(alpha: number, next: Generator): number {
  if (alpha < 1e-9) return 1; // the limit is 0 or 1, which is no blend
  return 1 / (1 + Math.exp(logGamma(alpha, next) - logGamma(alpha, next)));
}

/**
 * The logarithm of a Gamma(α, 1) number (Marsaglia and Tsang 2000: a squeeze for α ≥ 1; for less, Gamma(α + 1) · U^(1/α)).
 */
function logGamma(alpha: number, next: Generator): number {
  if (alpha < 1) return logGamma(alpha + 1, next) + Math.log(1 - uniform(next)) / alpha;
  const d = alpha - 1 / 3;
  const normal = normals(next);
  for (;;) {
    const x = normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - uniform(next)) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return Math.log(d * v);
  }
}
