import { lastMatch, type WeightPatterns } from "../../nets/weightPatterns.ts";
import type { Tensors } from "../program.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import { type OptimizerSpec, optimizerOf } from "./optimizers/optimizers.ts";

/** How weights are updated: by one optimizer, some with another learning rate or weight decay. */
export interface WeightRules {
  readonly slots: Optimizer["slots"];
  /** Of all rules that one of the weights follows. */
  readonly scalars: Optimizer["scalars"];
  readonly of: (weight: string) => WeightRule;
}

interface WeightRule {
  readonly update: Optimizer["update"];
  /** Its own, picked from those of all rules. */
  readonly scalars: (all: Tensors) => Tensors;
  /** A weight decay that is given for the weight itself holds whatever the weight is. */
  readonly hasOwnDecay: boolean;
}

interface Rule extends WeightRule {
  readonly values: Optimizer["scalars"];
}

/** @param weights names of all that are trained */
export function weightRules(
  spec: OptimizerSpec,
  { learningRates, weightDecays }: Pick<WeightPatterns, "learningRates" | "weightDecays">,
  weights: readonly string[],
): WeightRules {
  const rules = new Map<string, Rule>();
  const ruleOf = (weight: string): Rule => {
    const factor = lastMatch(learningRates, weight) ?? 1;
    const decay = lastMatch(weightDecays, weight);
    const key = `${factor === 1 ? "" : `@${factor}`}${decay === undefined ? "" : `#${decay}`}`;
    const known = rules.get(key);
    if (known) return known;
    const own = optimizerOf(decay === undefined ? spec : ({ ...spec, weightDecay: decay } as OptimizerSpec));
    const named = <T>(scalars: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.entries(scalars).map(([name, value]) => [`${name}${key}`, value]));
    const made: Rule = {
      update: own.update,
      hasOwnDecay: decay !== undefined,
      values: (step, learningRate) => named(own.scalars(step, learningRate * factor)),
      scalars: (all) =>
        key === ""
          ? all
          : Object.fromEntries(
              Object.keys(own.scalars(0, 1)).flatMap((name) => {
                const value = all[`${name}${key}`];
                return value ? [[name, value]] : [];
              }),
            ),
    };
    rules.set(key, made);
    return made;
  };
  for (const weight of weights) ruleOf(weight);
  return {
    slots: optimizerOf(spec).slots,
    scalars: (step, learningRate) =>
      Object.assign({}, ...[...rules.values()].map(({ values }) => values(step, learningRate))),
    of: ruleOf,
  };
}
