import { number } from "../../../parameters/parameter.ts";
import { progress, schedule } from "./schedule.ts";

/** A straight line from the rate to rate · endFactor, which is held from there on. */
export const linear = schedule({
  description:
    "Falls in a straight line to learningRate · endFactor, which it reaches behind the last step, as PyTorch's LinearLR.",
  hint: "Falls in a straight line.",
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
