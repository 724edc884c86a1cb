import {
  abs,
  add,
  div,
  eye,
  matMul,
  mean,
  minimum,
  mul,
  reshape,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { ValuesOf } from "../../../parameters/parameter.ts";
import { share } from "./arguments.ts";
import { layerLoss } from "./layerLoss.ts";
import { positive } from "./positive.ts";

const parameters = {
  distance: share("Weight of the distances.", 25),
  angle: share("Weight of the angles; at 0 they are not computed.", 50),
};

/**
 * Relational knowledge distillation, Park et al. 2019, equations 5 to 8:
 *
 *     w_d · mean over pairs of l(ψ_s, ψ_t) + w_a · mean over triplets of l(cos_s, cos_t),   l = SmoothL1
 *
 * ψ is the distance of two samples, divided by the mean of all that are positive; cos is that of the angle at one sample
 * between two others.
 *
 * Traps: the mean of the student's distances is within the gradient. Both means count the diagonal, as in the authors'
 * code. A squared distance is at least 1e-12, as the root has no derivative at 0. Takes memory for B² · features, and for B³.
 * @param student features [batch, ...]
 * @param teacher features [batch, ...] of any shape, a constant
 */
export function rkd(
  student: Tensor,
  teacher: Tensor,
  { distance, angle }: ValuesOf<typeof parameters>,
): Tensor {
  // One sample, as a short last batch may have, has no distance to another.
  if (student.shape[0] === 1) return mul(sum(student), 0);
  const [s, t] = [differences(student), differences(teacher)];
  const terms = [
    ...(distance === 0 ? [] : [mul(smoothL1(distances(s), distances(t)), distance)]),
    ...(angle === 0 ? [] : [mul(smoothL1(angles(s), angles(t)), angle)]),
  ];
  return terms.reduce((total, next) => add(total, next), scalar(0));
}

export const rkdLoss = layerLoss({
  description:
    "Relational knowledge distillation: distances and angles between the samples of a batch should be as with the teacher. Meant for flat features before the last layer; takes memory for B² · features and for B³: with 128 samples and maps of 4,096 numbers, seconds a step and gigabytes.",
  hint: "Keep distances and angles between samples.",
  formula:
    "w_d · mean SmoothL1(ψ_s, ψ_t) + w_a · mean SmoothL1(cos_s, cos_t),  ψ distances over their mean, cos of angles in triplets",
  paper: "Park et al. 2019, Relational Knowledge Distillation, https://arxiv.org/abs/1904.05068",
  compares: "any",
  parameters,
  value: rkd,
});

/** f_j − f_i, [batch, batch, features]. */
function differences(features: Tensor): Tensor {
  const batch = features.shape[0] as number;
  const size = features.size / batch;
  return sub(reshape(features, [1, batch, size]), reshape(features, [batch, 1, size]));
}

/** [batch, batch], with a mean of 1 over all but the diagonal. */
function distances(difference: Tensor): Tensor {
  const batch = difference.shape[0] as number;
  const off = sub(1, eye(batch));
  const distance = mul(sqrt(positive(sum(square(difference), -1), 1e-12)), off);
  return div(distance, mul(sum(distance), 1 / (batch * (batch - 1))));
}

/** Cosines at sample i between the directions to j and to k, [batch, batch, batch]. */
function angles(difference: Tensor): Tensor {
  const direction = div(difference, sqrt(positive(sum(square(difference), -1, true), 1e-24)));
  return matMul(direction, direction, false, true);
}

/** Half the square below 1, from there on linear; the mean. */
function smoothL1(a: Tensor, b: Tensor): Tensor {
  const size = abs(sub(a, b));
  const bent = minimum(size, 1);
  return mean(add(mul(square(bent), 0.5), sub(size, bent)));
}
