import type { Model } from "../model/model.ts";
import { groupsOf } from "../rules/weightPattern.ts";
import { type Choice, kindOf } from "./item.ts";

/** Names of a deep network's weights are many; its parts are what patterns are of. */
const mostNames = 500;

/** Patterns for the parts of the student, nearest to the output first, then each weight. */
export function weightNames(model: Model | undefined, rest = ""): Choice[] {
  const names = model?.student?.weights ?? [];
  return [...groupsOf(names).toReversed(), ...names.toReversed()].slice(0, mostNames).map((name) => ({
    label: name,
    kind: kindOf.Reference,
    text: `${JSON.stringify(name)}${rest}`,
  }));
}
