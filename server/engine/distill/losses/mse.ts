import { mean, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import { meanOverLabelled } from "./labelled.ts";
import { logitLoss } from "./logitLoss.ts";
import { type Labels, targetsOf } from "./loss.ts";

/**
 * Squared error of a regression, as torch.nn.functional.mse_loss: the mean over batch and outputs of (z − y)².
 * @param student outputs [batch, outputs]
 */
const mse = (student: Tensor, labels: Labels): Tensor =>
  meanOverLabelled(mean(square(sub(student, targetsOf(labels))), -1), labels.labelled);

export const mseLoss = logitLoss({
  description: "Squared distance from the true numbers.",
  hint: "Match the numbers.",
  formula: "mean over batch and outputs of (z_s − y)²",
  tasks: ["regression"],
  reads: ["labels"],
  parameters: {},
  value: ({ student, labels }) => mse(student, labels),
});
