import { required, varied } from "../../../parameters/parameter.ts";
import { gamma, schedule } from "./schedule.ts";

export const exponential = schedule({
  description: "Multiplied by `gamma` after every step.",
  hint: "Falls by the same factor in every step.",
  parameters: {
    gamma: required(
      varied(gamma, {
        description: "Factor of the learning rate from one step to the next.",
        usual: [0.9, 1],
        examples: [0.9995],
      }),
    ),
  },
  curve:
    ({ gamma }, { rate }) =>
    (step) =>
      rate * gamma ** step,
});
