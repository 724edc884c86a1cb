import type { ResolvedData } from "../../../schemas/resolvedExperiment.gen.ts";
import { applyAugmentations, brightest } from "../../data/augment.ts";
import { augmentationOf, firstThat } from "../../data/augmentations/augmentations.ts";
import { ownAugmentation } from "../../data/augmentations/ownAugmentations.ts";
import type { Samples } from "../../data/samples.ts";
import { beyondColours, unfitFor, viewsMixed } from "../../nets/augmentable.ts";
import { type Problem, problem } from "../../problem.ts";
import { sizeOf } from "../../sizeOf.ts";
import { moduleProblemOf } from "./lossTrial.ts";

/** What keeps the samples from being augmented so, if anything does. */
export function augmentationProblem(
  { augment, views }: Pick<ResolvedData, "augment" | "views">,
  { values, shape }: Pick<Samples, "values" | "shape">,
): { readonly problem: Problem } | undefined {
  for (const spec of augment) {
    const { type } = spec;
    const row = augmentationOf(type);
    const unfit = unfitFor(type, "place" in row ? { needsImage: true } : row, shape);
    if (unfit !== undefined) return problem("augmentation-shape", unfit);
    const failure = ownAugmentation(type) && ownFailure(spec, shape);
    if (failure !== undefined) return { problem: failure };
  }
  const blending = firstThat(augment, "blendsLabels");
  if (views !== undefined && blending !== undefined) return problem("views-mixed", viewsMixed(blending));
  const coloured = firstThat(augment, "needsColours");
  return coloured !== undefined && brightest(values) === undefined
    ? problem("augmentation-range", beyondColours(coloured))
    : undefined;
}

/** Why a module's augmentation cannot be applied to such samples: tried on one, of zeros, before any is trained on. */
function ownFailure(spec: ResolvedData["augment"][number], shape: readonly number[]): Problem | undefined {
  const batch = {
    values: new Float32Array(sizeOf(shape)),
    ...{ shape, rows: [0], labels: [0], classes: 2, blank: [0] },
  };
  try {
    applyAugmentations(batch, [spec], { seed: 0, step: 0 });
    return undefined;
  } catch (error) {
    return moduleProblemOf(error, `The augmentation ${spec.type}`);
  }
}
