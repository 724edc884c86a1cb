import {
  add,
  div,
  exp,
  logSoftmax,
  mean,
  mul,
  neg,
  softplus,
  sub,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { number, type ValuesOf } from "../../../parameters/parameter.ts";
import { temperature } from "./arguments.ts";
import { logitLoss } from "./logitLoss.ts";
import { timesSquared } from "./temperatureSchedule.ts";

const parameters = {
  temperature: temperature(3),
  beta: number("Weight of the teacher in the mixture m.", {
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.5,
    examples: [0.5],
  }),
};
type Values = ValuesOf<typeof parameters>;

/**
 * Generalised Jensen–Shannon divergence, Agarwal et al. 2024 (GKD), equation 1:
 *
 *     T² · mean over the batch of β · KL(p_t ‖ m) + (1 − β) · KL(p_s ‖ m),   m = β · p_t + (1 − β) · p_s
 *
 * with p = softmax(z / T). It is bounded: a sample on which the two disagree entirely counts ln 2 at β = 1/2, not 50.
 *
 * Traps: p / m is computed as a logarithm, because it is 0 / 0 where both probabilities underflow in float32. GKD has no T²; it
 * is used here for the same reason as in `kd`.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 */
export function jsd(student: Tensor, teacher: Tensor, values: Values): Tensor {
  const { teacherToMixture, studentToMixture } = jsdParts(student, teacher, values);
  return add(mul(teacherToMixture, values.beta), mul(studentToMixture, 1 - values.beta));
}

export const jsdLoss = logitLoss({
  description:
    "Generalised Jensen–Shannon divergence: between `kd` (β near 0) and `reverseKl` (β near 1), and bounded, so that samples on which the teacher is wrong count less.",
  hint: "Meet the teacher's softened probabilities half way.",
  formula:
    "T² · mean over the batch of β · KL(p_t ‖ m) + (1 − β) · KL(p_s ‖ m),  m = β p_t + (1 − β) p_s, p = softmax(z / T)",
  paper:
    "Agarwal et al. 2024, On-Policy Distillation of Language Models (GKD; without T²), https://arxiv.org/abs/2306.13649",
  reads: ["teacher"],
  parameters,
  value: ({ student, teacher }, values) => jsd(student, teacher, values),
});

/** T² · KL(p_t ‖ m) and T² · KL(p_s ‖ m), means over the batch. */
export function jsdParts(student: Tensor, teacher: Tensor, { temperature: T, beta }: Values) {
  const s = logSoftmax(div(student, T)); // log p, [batch, classes]
  const t = logSoftmax(div(teacher, T));
  const odds = add(sub(s, t), Math.log((1 - beta) / beta)); // log of (1 − β) p_s / (β p_t)
  const [p, q] = [exp(t), exp(s)];
  // log(p_t / m) = −log β − log(1 + odds), and p_s likewise: no difference of large logarithms is taken. The second term
  // sums to 0 but for the rounding of the softmax's normaliser, which it takes out before T² enlarges it.
  const toMixture = (own: Tensor, other: Tensor, share: number, odds: Tensor) => {
    const terms = add(mul(own, sub(-Math.log(share), softplus(odds))), mul(sub(other, own), 1 - share));
    return timesSquared(mean(sum(terms, -1)), T);
  };
  return {
    teacherToMixture: toMixture(p, q, beta, odds),
    studentToMixture: toMixture(q, p, 1 - beta, neg(odds)),
  };
}
