import { warning } from "../finding.ts";
import { keyOf, propertyOf } from "../parse.ts";
import { walk } from "../schema/walk.ts";
import type { Rule } from "./rule.ts";

/** Far outside of the usual range that the schema gives: probably a typo. */
export const unusualValue: Rule = {
  code: "unusual-value",
  *check({ root }) {
    for (const { node, branch } of walk(root)) {
      if (!branch?.usual || node.type !== "number") continue;
      const [low, high] = branch.usual;
      const value = node.value as number;
      // Values that the schema forbids have a better message.
      const isAllowed =
        value > (branch.exclusiveMinimum ?? Number.NEGATIVE_INFINITY) && value >= (branch.minimum ?? value);
      if ((value >= low && value <= high) || !isAllowed) continue;
      const property = propertyOf(node);
      const name = property ? `\`${keyOf(property)}\`` : "This";
      yield warning(node, `${name} is usually between ${low} and ${high}; found ${value}.`);
    }
  },
};
