import {
  abs,
  div,
  mean,
  pow,
  reshape,
  sqrt,
  square,
  squaredDifference,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { smallerExtents } from "../../../nets/comparedFeatures.ts";
import { number, type ValuesOf } from "../../../parameters/parameter.ts";
import { mapLoss } from "./layerLoss.ts";
import { pooledTo } from "./pooledTo.ts";
import { positive } from "./positive.ts";

const parameters = {
  power: number("Power p of the features' sizes. The higher, the more the strongest positions count.", {
    minimum: 1,
    default: 2,
    examples: [2],
  }),
};

/**
 * Attention transfer, Zagoruyko and Komodakis 2017, section 3.1, in the form of the authors' code:
 *
 *     mean of (a_s − a_t)²,   a = flatten(mean over channels of |f|^p), L2-normalised sample by sample
 *
 * Attention at a position is how strongly the channels respond there, regardless of which.
 *
 * Traps: the paper takes the norm of the difference, not its square, and halves the weight. The larger map is
 * average-pooled to the smaller, before the power. A map of zeros stays one: its norm is at least 1e-12.
 * @param student a feature map [batch, height, width, channels]
 * @param teacher another one, of any size, a constant
 */
export function at(student: Tensor, teacher: Tensor, { power }: ValuesOf<typeof parameters>): Tensor {
  const extents = smallerExtents(student.shape.slice(1), teacher.shape.slice(1));
  const attention = (map: Tensor) => {
    const pooled = pooledTo(map, extents);
    const strength = mean(power === 2 ? square(pooled) : pow(abs(pooled), power), -1); // [batch, height, width]
    const flat = reshape(strength, [strength.shape[0] as number, -1]);
    return div(flat, sqrt(positive(sum(square(flat), -1, true), 1e-24)));
  };
  return mean(squaredDifference(attention(student), attention(teacher)));
}

export const atLoss = mapLoss({
  description:
    "Attention transfer: the student should attend where the teacher attends. The larger of two maps is average-pooled to the smaller; they may have different numbers of channels.",
  hint: "Match the teacher's attention maps.",
  formula:
    "sum over layers of mean (a_s − a_t)²,  a = mean over channels of |f|^p, flattened and L2-normalised (the authors' code)",
  paper: "Zagoruyko and Komodakis 2017, Paying More Attention to Attention, https://arxiv.org/abs/1612.03928",
  weight: 1000,
  parameters,
  value: at,
});
