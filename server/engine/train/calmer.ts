import type { ResolvedOptimizer } from "../../../schemas/resolvedExperiment.gen.ts";
import { learningRateOf, optimizers } from "../distill/optimizers/optimizers.ts";
import type { Fit } from "./fitConfig.ts";

/** Hint for a diverged fit, from its current settings. */
export function calmer({ optimizer, training: { clipNorm } }: Pick<Fit, "optimizer" | "training">): string {
  const clip =
    clipNorm === undefined
      ? "limit the gradients with training.clipNorm: 1"
      : `lower training.clipNorm (${clipNorm})`;
  return `Lower optimizer.learningRate from ${optimizer.learningRate} to ${lowered(optimizer)}, or ${clip}; if that does not help, check the data.`;
}

/** A tenth; where that is still far too large, the optimizer's default. */
function lowered({ type, learningRate }: ResolvedOptimizer): string {
  const tenth = Number((learningRate / 10).toPrecision(3));
  const [, largest = Number.POSITIVE_INFINITY] = optimizers[type].parameters.learningRate.schema.usual ?? [];
  return tenth > largest ? `${learningRateOf({ type })}, the default of ${type}` : String(tenth);
}
