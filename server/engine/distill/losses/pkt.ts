import {
  add,
  div,
  log,
  matMul,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { layerLoss } from "./layerLoss.ts";
import { positive } from "./positive.ts";

const epsilon = 1e-7;

/**
 * Probabilistic knowledge transfer, Passalis and Tefas 2018, section 3, in the form of the authors' code:
 *
 *     mean over all B² pairs of p_t · log((p_t + ε) / (p_s + ε)),   ε = 1e-7
 *
 * where p of a row is (cosine + 1) / 2 of a sample with every sample, divided by their sum: the probability of picking the
 * other as its neighbour.
 *
 * Trap: the mean is over B², so that the loss is small and the usual weight large.
 * @param student features [batch, ...]
 * @param teacher features [batch, ...] of any shape, a constant
 */
export function pkt(student: Tensor, teacher: Tensor): Tensor {
  const batch = student.shape[0] as number;
  const neighbours = (features: Tensor) => {
    const rows = reshape(features, [batch, -1]);
    const directions = div(rows, add(sqrt(positive(sum(square(rows), -1, true))), epsilon));
    const similarity = mul(add(matMul(directions, directions, false, true), 1), 0.5); // [batch, batch]
    return div(similarity, sum(similarity, -1, true));
  };
  const [s, t] = [neighbours(student), neighbours(teacher)];
  return mean(mul(t, log(div(add(t, epsilon), add(s, epsilon)))));
}

export const pktLoss = layerLoss({
  description:
    "Probabilistic knowledge transfer: a sample should have the same neighbours as with the teacher, by cosine. Meant for flat features before the last layer.",
  hint: "Keep neighbours.",
  formula:
    "mean over all pairs of p_t · log((p_t + ε) / (p_s + ε)),  p = (cosine + 1) / 2, divided by its row's sum",
  paper:
    "Passalis and Tefas 2018, Learning Deep Representations with Probabilistic Knowledge Transfer, https://arxiv.org/abs/1803.10837",
  weight: 30000,
  compares: "any",
  parameters: {},
  value: pkt,
});
