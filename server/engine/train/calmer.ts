import type { ResolvedOptimizer } from "../../../schemas/resolvedExperiment.gen.ts";
import { learningRateOf, optimizers } from "../distill/optimizers/optimizers.ts";
import type { Fit } from "./fitConfig.ts";

/** What to try when numbers go beyond all bounds, with what the fit has now. */
export function calmer({ optimizer, training: { clipNorm } }: Pick<Fit, "optimizer" | "training">): string {
  const clip =
    clipNorm === undefined
      ? "limit the gradients with training.clipNorm: 1"
      : `lower training.clipNorm (${clipNorm})`;
  return `Lower optimizer.learningRate from ${optimizer.learningRate} to ${lowered(optimizer)}, or ${clip}; if that does not help, look at the data.`;
}

/** A tenth; where that would still be beyond all use, the optimizer's default. */
function lowered({ type, learningRate }: ResolvedOptimizer): string {
  const tenth = Number((learningRate / 10).toPrecision(3));
  const [, largest = Number.POSITIVE_INFINITY] = optimizers[type].parameters.learningRate.schema.usual ?? [];
  return tenth > largest ? `${learningRateOf({ type })}, the default of ${type}` : String(tenth);
}
