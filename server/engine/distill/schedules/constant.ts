import { schedule } from "./schedule.ts";

export const constant = schedule({
  description: "The same in every step, after `warmup`.",
  hint: "Stays the same.",
  parameters: {},
  curve:
    (_, { rate }) =>
    () =>
      rate,
});
