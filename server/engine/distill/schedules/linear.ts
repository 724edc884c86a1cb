import { number } from "../../../parameters/parameter.ts";
import { progress, schedule } from "./schedule.ts";

/** A straight line from the rate to rate · endFactor, constant after it. */
export const linear = schedule({
  description:
    "Falls linearly to learningRate · endFactor, reached after the last step, like PyTorch's LinearLR.",
  hint: "Falls linearly.",
  parameters: {
    endFactor: number("Share of the learning rate that is left at the end.", {
      minimum: 0,
      default: 0,
      examples: [0.1],
    }),
  },
  curve:
    ({ endFactor }, { rate, steps }) =>
    (step) =>
      rate * (1 + (endFactor - 1) * progress(step, steps)),
});
