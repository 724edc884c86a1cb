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
import { positive } from "./positive.ts";

export interface RkdParameters {
  readonly distanceWeight: number;
  readonly angleWeight: number;
}

/**
 * Relational knowledge distillation, Park et al. 2019, equations 5 to 8:
 *
 *     w_d · mean over pairs of l(ψ_s, ψ_t) + w_a · mean over triplets of l(cos_s, cos_t),   l = SmoothL1
 *
 * ψ is the distance of two samples, divided by the mean of all that are positive; cos is that of the angle at one sample
 * between two others.
 *
 * Traps: the mean of the student's distances is within the gradient. Both means count the diagonal, as in the authors'
 * code. A squared distance is at least 1e-12, for the root of 0 has no slope. Takes memory for B² · features, and for B³.
 * @param student features [batch, ...]
 * @param teacher features [batch, ...] of any shape, a constant
 */
export function rkd(
  student: Tensor,
  teacher: Tensor,
  { distanceWeight, angleWeight }: RkdParameters,
): Tensor {
  // One sample, as a short last batch may have, has no distance to another.
  if (student.shape[0] === 1) return mul(sum(student), 0);
  const [s, t] = [differences(student), differences(teacher)];
  const terms = [
    ...(distanceWeight === 0 ? [] : [mul(smoothL1(distances(s), distances(t)), distanceWeight)]),
    ...(angleWeight === 0 ? [] : [mul(smoothL1(angles(s), angles(t)), angleWeight)]),
  ];
  return terms.reduce((total, next) => add(total, next), scalar(0));
}

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
