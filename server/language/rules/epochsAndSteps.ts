import type { Node } from "jsonc-parser";
import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { member } from "../model/values.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** `epochs` and `steps` both say how long to train. */
export const epochsAndSteps: Rule = {
  code: "epochs-and-steps",
  *check({ at, parsed }) {
    for (const training of [at("training"), at("teacher", "train")]) {
      const epochs = propertyOfMember(training, "epochs");
      const steps = propertyOfMember(training, "steps");
      if (!epochs || !steps) continue;
      yield error(
        steps.children?.[0] ?? steps,
        "`epochs` and `steps` both say how long to train: one of them is enough.",
        fix('Remove "steps"', removeItem(parsed.text, steps)),
        fix('Remove "epochs"', removeItem(parsed.text, epochs)),
      );
    }
  },
};

function propertyOfMember(object: Node | undefined, key: string): Node | undefined {
  const value = member(object, key);
  return value && propertyOf(value);
}
