import { integer, list } from "../../../parameters/parameter.ts";
import { gamma, schedule } from "./schedule.ts";

/** Epochs count from the run's first step, so that a warm-up does not shift a recipe's milestones. */
export const multistep = schedule({
  description:
    "Multiplied by `gamma` at each of the `milestones`, like PyTorch's MultiStepLR stepped once per epoch.",
  hint: "Falls at chosen epochs.",
  parameters: {
    milestones: list(
      "Epochs after which the learning rate changes, counted from the start of the run.",
      integer("Number of completed epochs.", { minimum: 1, unit: "epochs" }),
      { minItems: 1, unit: "epochs", examples: [[150, 180, 210]] },
    ),
    gamma,
  },
  curve:
    ({ milestones, gamma }, { rate, stepsPerEpoch, begun }) =>
    (step) =>
      rate * gamma ** milestones.filter((milestone) => milestone * stepsPerEpoch <= begun + step).length,
});
