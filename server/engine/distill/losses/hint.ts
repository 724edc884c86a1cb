import { mean, squaredDifference, type Tensor } from "@tensorflow/tfjs-core";
import { projectorLayers, projectors } from "../../../nets/comparedFeatures.ts";
import { choice } from "../../../parameters/parameter.ts";
import { ownWeightsLoss } from "./layerLoss.ts";
import { ownNet } from "./ownNet.ts";

/**
 * Hints, Romero et al. 2015 (FitNets), equation 3: the student's features, brought to the teacher's shape by a projector
 * where they differ, should be the teacher's:
 *
 *     mean of (projector(f_s) − f_t)²
 *
 * Traps: the mean is over all elements, the batch included. The projector is trained but not part of the student.
 * @param student projected features [batch, ...feature]
 * @param teacher features [batch, ...feature], a constant
 */
export const hint = (student: Tensor, teacher: Tensor): Tensor => mean(squaredDifference(student, teacher));

/** {@link hint} of two layers, with its projector. */
export const hintLoss = ownWeightsLoss({
  description: "Hints (FitNets): the output of a student's layer should equal that of a teacher's layer.",
  hint: "Match a layer of the teacher.",
  formula: "mean of (projector(f_s) − f_t)²",
  paper: "Romero et al. 2015, FitNets: Hints for Thin Deep Nets, https://arxiv.org/abs/1412.6550",
  weight: 100,
  compares: "sameShape",
  parameters: {
    projector: choice(
      "Maps the student's features to the teacher's shape, where they differ; it is trained but not part of the student. `linear` is a convolution without bias (a dense layer for flat features and for sequences [positions, features], with which this is TinyBERT's loss of hidden states), `relu` has batch norm and a ReLU behind it, for a teacher's layer that ends in a ReLU.",
      projectors,
      { default: "none", examples: ["relu"] },
    ),
  },
  build: ({ projector }, { term, shapes }) => {
    if (projector === "none") return { value: ({ student, teacher }) => ({ value: hint(student, teacher) }) };
    const { student: shape, teacher: target } = shapes();
    const layers = projectorLayers(projector, shape, target);
    if (!layers) throw new Error(`${term}: no projector for these features`);
    const { own, apply } = ownNet(term, layers, shape);
    return {
      own,
      value: (inputs) => {
        const { output, averages } = apply(inputs.own, inputs.student);
        return { value: hint(output, inputs.teacher), averages };
      },
    };
  },
});
