import { error, fix, replace } from "../finding.ts";
import { items, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** The least and the greatest of what an augmentation draws stand in this order. */
export const rangeOrder: Rule = {
  code: "range-order",
  *check({ at }) {
    for (const augmentation of items(at("data", "augment")))
      for (const key of ["scale", "ratio"]) {
        const range = member(augmentation, key);
        const [least, greatest, ...more] = items(range).map((node) => node.value);
        if (!range || typeof least !== "number" || typeof greatest !== "number" || more.length > 0) continue;
        if (least <= greatest) continue;
        const swapped = `[${greatest}, ${least}]`;
        yield error(
          range,
          `The least ${key} comes first; found ${least} before ${greatest}.`,
          fix(`Change to ${swapped}`, replace(range, swapped)),
        );
      }
  },
};
