import type { Optimizer as OptimizerSpec } from "../../../../schemas/experiment.gen.ts";
import type { Kind } from "../../../parameters/kind.ts";
import { valuesOf } from "../../../parameters/parameter.ts";
import { adagrad } from "./adagrad.ts";
import { adam, adamw } from "./adam.ts";
import { decayBiasAndNorm } from "./arguments.ts";
import { lion } from "./lion.ts";
import type { Optimizer, OptimizerType } from "./optimizer.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

/** Every optimizer of the experiment file. Schema, reference and completion follow from a row. */
export const optimizers = {
  adamw,
  adam,
  sgd,
  rmsprop,
  lion,
  adagrad,
} as const;

/** An optimizer in the experiment file; keys that are absent have their defaults. */
export type { OptimizerSpec };

const typeOf = ({ type }: OptimizerSpec): OptimizerType => optimizers[type] as unknown as OptimizerType;

export const optimizerOf = (spec: OptimizerSpec): Optimizer => {
  const { parameters, rule } = typeOf(spec);
  return rule(valuesOf(parameters, spec));
};

export const learningRateOf = (spec: OptimizerSpec): number =>
  valuesOf(typeOf(spec).parameters, spec)["learningRate"] as number;

/** Values that it keeps per weight, whatever its parameters. */
export const leastSlots = (type: OptimizerSpec["type"]): number =>
  optimizerOf({ type } as OptimizerSpec).slots.length;

/** The optimizers as a kind of the experiment file. */
export const optimizerKind: Kind = {
  name: "Optimizer",
  entries: Object.fromEntries(
    Object.entries(optimizers).map(([type, { rule: _, parameters, ...texts }]) => [
      type,
      {
        ...texts,
        parameters: { ...parameters, decayBiasAndNorm },
        facts: { slots: leastSlots(type as OptimizerSpec["type"]) },
      },
    ]),
  ),
};
