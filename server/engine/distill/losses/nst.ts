import {
  add,
  div,
  matMul,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import { smallerExtents } from "../../../nets/comparedFeatures.ts";
import { mapLoss } from "./layerLoss.ts";
import { pooledTo } from "./pooledTo.ts";
import { positive } from "./positive.ts";

/**
 * Neuron selectivity transfer, Huang and Wang 2017, equation 8 with the polynomial kernel of degree 2 and c = 0:
 *
 *     mean over samples of  k̄(t, t) + k̄(s, s) − 2 · k̄(s, t),   k̄(a, b) = mean over channels i, j of (a_i · b_j)²
 *
 * where a_i is where channel i responds, as an L2-normalised vector over positions. It is the squared maximum mean discrepancy
 * between the channels of the two maps, whose numbers may differ.
 *
 * Traps: the larger map is average-pooled to the smaller first. A channel of zeros stays one: its norm is at least 1e-12.
 * @param student a feature map [batch, height, width, channels]
 * @param teacher another one, of any size, a constant
 */
export function nst(student: Tensor, teacher: Tensor): Tensor {
  const extents = smallerExtents(student.shape.slice(1), teacher.shape.slice(1));
  const channels = (map: Tensor) => {
    const pooled = pooledTo(map, extents);
    const [batch, height, width, count] = pooled.shape as [number, number, number, number];
    const rows = transpose(reshape(pooled, [batch, height * width, count]), [0, 2, 1]); // [batch, channels, positions]
    return div(rows, sqrt(positive(sum(square(rows), -1, true), 1e-24)));
  };
  const kernel = (a: Tensor, b: Tensor) => mean(square(matMul(a, b, false, true)));
  const [s, t] = [channels(student), channels(teacher)];
  return sub(add(kernel(t, t), kernel(s, s)), mul(kernel(s, t), 2));
}

export const nstLoss = mapLoss({
  description:
    "Neuron selectivity transfer: the student's channels should respond at the places where the teacher's do, whichever channel it is. The larger of two maps is average-pooled to the smaller; they may have different numbers of channels.",
  hint: "Match where the channels respond.",
  formula:
    "sum over layers of k̄(t, t) + k̄(s, s) − 2 · k̄(s, t),  k̄(a, b) = mean over channels of (a_i · b_j)², each L2-normalised over positions",
  paper:
    "Huang and Wang 2017, Like What You Like: Knowledge Distill via Neuron Selectivity Transfer, https://arxiv.org/abs/1707.01219",
  weight: 50,
  parameters: {},
  value: nst,
});
