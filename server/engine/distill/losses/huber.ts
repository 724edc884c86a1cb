import { abs, add, mean, minimum, mul, scalar, sub, type Tensor } from "@tensorflow/tfjs-core";
import { number, type ValuesOf } from "../../../parameters/parameter.ts";
import { meanOverLabelled } from "./labelled.ts";
import { logitLoss } from "./logitLoss.ts";
import { type Labels, targetsOf } from "./loss.ts";

const parameters = {
  delta: number("The distance from which on an error counts in proportion, in units of the labels.", {
    exclusiveMinimum: 0,
    default: 1,
    examples: [1],
  }),
};

/**
 * Huber 1964, as torch.nn.functional.huber_loss: ½ d² for a distance d = |z − y| up to δ, δ · (d − ½ δ) beyond, the mean over batch
 * and outputs. With m = min(d, δ) it is m · (d − ½ m), without a branch.
 * @param student outputs [batch, outputs]
 */
function huber(student: Tensor, labels: Labels, { delta }: ValuesOf<typeof parameters>): Tensor {
  const distance = abs(sub(student, targetsOf(labels)));
  const near = minimum(distance, scalar(delta));
  return meanOverLabelled(mean(mul(near, add(distance, mul(near, -0.5))), -1), labels.labelled);
}

export const huberLoss = logitLoss({
  description:
    "Distance from the true numbers, squared only where it is small: outliers count less than in `mse`.",
  hint: "Match the numbers, outliers less.",
  formula: "mean over batch and outputs of ½ d² where d = |z_s − y| ≤ δ, else δ · (d − ½ δ)",
  paper: "Huber 1964, Robust Estimation of a Location Parameter, https://doi.org/10.1214/aoms/1177703732",
  tasks: ["regression"],
  reads: ["labels"],
  parameters,
  value: ({ student, labels }, values) => huber(student, labels, values),
});
