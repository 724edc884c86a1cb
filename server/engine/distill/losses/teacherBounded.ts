import { add, mean, mul, relu, sign, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import { number, type ValuesOf } from "../../../parameters/parameter.ts";
import { meanOverLabelled } from "./labelled.ts";
import { logitLoss } from "./logitLoss.ts";
import { type Labels, targetsOf } from "./loss.ts";

const parameters = {
  margin: number(
    "How much better than the teacher's the student's squared error has to be, until it is left alone.",
    {
      minimum: 0,
      default: 0,
      examples: [0.1],
    },
  ),
};

/**
 * Teacher-bounded regression, Chen et al. 2017, equation 5: of each sample
 *
 *     d_s where d_s + m > d_t, else 0,   d = mean over outputs of (z − y)²
 *
 * as `mse` has it, where the paper has the norm. The teacher's numbers may contradict the labels, so they bound the error and are no
 * targets: it comes beside `mse` or `huber`, in the paper with half the weight.
 *
 * Trap: which samples count is a constant of the step; no gradient flows through the comparison, as that of a sign is 0.
 * @param student outputs [batch, outputs]
 * @param teacher outputs [batch, outputs], a constant
 */
function teacherBounded(
  student: Tensor,
  teacher: Tensor,
  labels: Labels,
  { margin }: ValuesOf<typeof parameters>,
): Tensor {
  const y = targetsOf(labels);
  const error = (outputs: Tensor) => mean(square(sub(outputs, y)), -1); // [batch]
  const own = error(student);
  const counts = relu(sign(sub(add(own, margin), error(teacher))));
  return meanOverLabelled(mul(own, counts), labels.labelled);
}

export const teacherBoundedLoss = logitLoss({
  description:
    "Squared distance from the true numbers, of the samples alone in which the student is not yet better than the teacher by a margin.",
  hint: "Be as near to the numbers as the teacher is.",
  formula: "mean over the batch of d_s where d_s + m > d_t, else 0,  d = mean over outputs of (z − y)²",
  paper:
    "Chen et al. 2017, Learning Efficient Object Detection Models with Knowledge Distillation, https://proceedings.neurips.cc/paper/2017/hash/e1e32e235eee1f970470a3a6658dfdd5-Abstract.html",
  tasks: ["regression"],
  weight: 0.5,
  reads: ["teacher", "labels"],
  parameters,
  value: ({ student, teacher, labels }, values) => teacherBounded(student, teacher, labels, values),
});
