import { mean, squaredDifference, type Tensor } from "@tensorflow/tfjs-core";
import { type Projector, projectorLayers } from "../../../nets/comparedFeatures.ts";
import { compare, featuresOf, type LayerPair, type LossContext, shapesOf } from "./compare.ts";
import type { Loss } from "./loss.ts";
import { ownNet } from "./ownNet.ts";

/**
 * Hints, Romero et al. 2015 (FitNets), equation 3: the student's features, brought to the teacher's shape by a projector
 * where they differ, should be the teacher's:
 *
 *     mean of (projector(f_s) − f_t)²
 *
 * Traps: the mean is over all elements, the batch included. The projector is trained too, and is no part of the student.
 * @param student projected features [batch, ...feature]
 * @param teacher features [batch, ...feature], a constant
 */
export const hint = (student: Tensor, teacher: Tensor): Tensor => mean(squaredDifference(student, teacher));

/** {@link hint} of two layers, with its projector. */
export function hintLoss(
  { projector = "none", ...pair }: LayerPair & { readonly projector?: Projector | undefined },
  context: LossContext,
): Loss {
  if (projector === "none") return compare(pair, hint);
  const shapes = shapesOf(context, pair);
  const layers = projectorLayers(projector, shapes.student, shapes.teacher);
  if (!layers) throw new Error(`${context.term}: there is no projector for these features`);
  const { own, apply } = ownNet(context.term, layers, shapes.student);
  return {
    needsTeacher: true,
    teacherTaps: [pair.teacher],
    own,
    value: (inputs) => {
      const { student, teacher } = featuresOf(inputs, pair);
      const { output, averages } = apply(inputs.own, student);
      return { value: hint(output, teacher), averages };
    },
  };
}
