import type { OptimizerSpec } from "./optimizers.ts";

/** Values that an optimizer keeps for each weight, at the least: with `momentum`, `amsgrad` or `centered` one more. */
export const slotCounts: Readonly<Record<OptimizerSpec["type"], number>> = {
  adamw: 2,
  adam: 2,
  sgd: 0,
  rmsprop: 1,
  lion: 1,
  adagrad: 1,
};
