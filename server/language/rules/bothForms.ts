import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** `temperature` and `alpha` are shorthand for `losses`; with both, one would be ignored. */
export const bothForms: Rule = {
  code: "both-forms",
  *check({ at, parsed }) {
    const losses = at("losses");
    if (!losses) return;
    for (const key of ["temperature", "alpha"]) {
      const value = at(key);
      if (!value?.parent) continue;
      yield error(
        headOf(value),
        `\`${key}\` is shorthand for \`losses\` and cannot be combined with it: give the ${key === "alpha" ? "`weight`" : "`temperature`"} of each loss there.`,
        fix(`Remove "${key}"`, removeItem(parsed.text, value.parent)),
      );
    }
  },
};
