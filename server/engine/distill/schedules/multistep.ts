import { integer, list } from "../../../parameters/parameter.ts";
import { gamma, schedule } from "./schedule.ts";

/** Epochs count from the run's first step, so that a warm-up does not move what a recipe says. */
export const multistep = schedule({
  description:
    "Is multiplied by `gamma` at each of the `milestones`, as PyTorch's MultiStepLR stepped once an epoch.",
  hint: "Falls at chosen epochs.",
  parameters: {
    milestones: list(
      "Epochs after which the learning rate changes, counted from the start of the run.",
      integer("Epochs that are done by then.", { minimum: 1, unit: "epochs" }),
      { minItems: 1, unit: "epochs", examples: [[150, 180, 210]] },
    ),
    gamma,
  },
  curve:
    ({ milestones, gamma }, { rate, stepsPerEpoch, begun }) =>
    (step) =>
      rate * gamma ** milestones.filter((milestone) => milestone * stepsPerEpoch <= begun + step).length,
});
