import { number } from "../../parameters/parameter.ts";
import { type Generator, generator, normals, uniform } from "../random.ts";
import { blend } from "./augmentation.ts";
import { blendLabels, blendParts, circle } from "./partners.ts";

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
      const given = { partners: partner as Int32Array, shares: share as Float32Array };
      blendParts(batch.values, batch.rows.length, given);
      blendLabels(batch, given);
    },
  }),
});

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
