import type { ResolvedData } from "../../../schemas/resolvedExperiment.gen.ts";
import { brightest } from "../../data/augment.ts";
import { augmentationOf, firstThat } from "../../data/augmentations/augmentations.ts";
import type { Samples } from "../../data/samples.ts";
import { beyondColours, unfitFor, viewsMixed } from "../../nets/augmentable.ts";
import { type Problem, problem } from "../../problem.ts";

/** What keeps the samples from being augmented so, if anything does. */
export function augmentationProblem(
  { augment, views }: Pick<ResolvedData, "augment" | "views">,
  { values, shape }: Pick<Samples, "values" | "shape">,
): { readonly problem: Problem } | undefined {
  for (const { type } of augment) {
    const row = augmentationOf(type);
    const unfit = unfitFor(type, "place" in row ? { needsImage: true } : row, shape);
    if (unfit !== undefined) return problem("augmentation-shape", unfit);
  }
  const blending = firstThat(augment, "blendsLabels");
  if (views !== undefined && blending !== undefined) return problem("views-mixed", viewsMixed(blending));
  const coloured = firstThat(augment, "needsColours");
  return coloured !== undefined && brightest(values) === undefined
    ? problem("augmentation-range", beyondColours(coloured))
    : undefined;
}
