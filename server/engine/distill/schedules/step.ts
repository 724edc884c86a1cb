import { integer } from "../../../parameters/parameter.ts";
import { gamma, schedule } from "./schedule.ts";

export const step = schedule({
  description: "Multiplied by `gamma` every `stepSize` steps.",
  hint: "Falls in steps.",
  parameters: {
    stepSize: integer("Steps between two changes.", { minimum: 1, unit: "steps", examples: [1000] }),
    gamma,
  },
  curve:
    ({ stepSize, gamma }, { rate }) =>
    (step) =>
      rate * gamma ** Math.floor(step / stepSize),
});
