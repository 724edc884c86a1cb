import { div, mean, sqrt, square, squaredDifference, sum, type Tensor } from "@tensorflow/tfjs-core";
import { integer, type ValuesOf } from "../../../parameters/parameter.ts";
import { mapLoss } from "./layerLoss.ts";
import { pooledTo } from "./pooledTo.ts";
import { positive } from "./positive.ts";

const parameters = {
  resolution: integer(
    "Height and width to which class activation maps are average-pooled. The default is the authors' for CIFAR-100.",
    { minimum: 1, default: 2, unit: "places", examples: [2] },
  ),
};

/**
 * Class attention transfer, Guo et al. 2023, equation 7:
 *
 *     mean over samples, places and classes of (A_s − A_t)²,   A = the class's map, pooled, L2-normalised over places
 *
 * Traps: as in the authors' code the mean is over places too, and a map may be negative. A map of zeros stays one: its norm is at
 * least 1e-12.
 * @param student class activation maps [batch, height, width, classes]: what a 1×1 convolution before the global average gives
 * @param teacher the same of the teacher, a constant; height and width may differ
 */
export function catKd(student: Tensor, teacher: Tensor, { resolution }: ValuesOf<typeof parameters>): Tensor {
  const attention = (maps: Tensor) => {
    const pooled = pooledTo(maps, [resolution, resolution]);
    return div(pooled, sqrt(positive(sum(square(pooled), [1, 2], true), 1e-24)));
  };
  return mean(squaredDifference(attention(student), attention(teacher)));
}

export const catKdLoss = mapLoss({
  description:
    "Class attention transfer (CAT-KD): for each class the student should look where the teacher does. Compares class activation maps: the output of a 1×1 convolution with a filter for each class, in a net that ends in `globalAveragePooling2d` and no dense layer.",
  hint: "Match where each class is seen.",
  formula:
    "sum over layers of mean (A_s − A_t)²,  A = the map of each class, average-pooled, L2-normalised over places",
  paper:
    "Guo et al. 2023, Class Attention Transfer Based Knowledge Distillation, https://arxiv.org/abs/2304.12777",
  weight: 400,
  compares: "sameChannels",
  parameters,
  value: catKd,
});
