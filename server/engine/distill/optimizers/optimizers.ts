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

/** Every optimizer that an experiment can name. A row is all of one: schema, reference, completion and rule. */
export const optimizers = {
  adamw,
  adam,
  sgd,
  rmsprop,
  lion,
  adagrad,
} as const;

/** What the experiment file says of an optimizer; what it leaves out has its default. */
export type { OptimizerSpec };

const typeOf = ({ type }: OptimizerSpec): OptimizerType => optimizers[type] as unknown as OptimizerType;

export const optimizerOf = (spec: OptimizerSpec): Optimizer => {
  const { parameters, rule } = typeOf(spec);
  return rule(valuesOf(parameters, spec));
};

export const learningRateOf = (spec: OptimizerSpec): number =>
  valuesOf(typeOf(spec).parameters, spec)["learningRate"] as number;

/** Values that it keeps for each weight, whatever else it is asked for. */
export const leastSlots = (type: OptimizerSpec["type"]): number =>
  optimizerOf({ type } as OptimizerSpec).slots.length;

/** Optimizers as the experiment file knows them. */
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
