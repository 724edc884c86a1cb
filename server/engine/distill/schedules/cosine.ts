import { number } from "../../../parameters/parameter.ts";
import { progress, schedule } from "./schedule.ts";

/** Half a cosine from the rate to the minimum, constant after it (Loshchilov and Hutter 2017, without restarts). */
export const cosine = schedule({
  description:
    "Falls along half a cosine to `minLearningRate`, reached after the last step, like PyTorch's CosineAnnealingLR (Loshchilov and Hutter 2017).",
  hint: "Falls along half a cosine.",
  parameters: {
    minLearningRate: number("Learning rate at the end.", { minimum: 0, default: 0, examples: [1e-5] }),
  },
  curve:
    ({ minLearningRate: minimum }, { rate, steps }) =>
    (step) =>
      minimum + ((rate - minimum) * (1 + Math.cos(Math.PI * progress(step, steps)))) / 2,
});
