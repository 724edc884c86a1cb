import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** `temperature` and `alpha` are short for `losses`; beside it, one of the two would be ignored. */
export const bothForms: Rule = {
  code: "both-forms",
  *check({ at, parsed }) {
    const losses = at("losses");
    if (!losses) return;
    for (const key of ["temperature", "alpha"]) {
      const value = at(key);
      const property = value && propertyOf(value);
      if (!property) continue;
      yield error(
        property.children?.[0] ?? property,
        `\`${key}\` is short for \`losses\` and cannot stand beside it: give the ${key === "alpha" ? "`weight`" : "`temperature`"} of each loss there.`,
        fix(`Remove "${key}"`, removeItem(parsed.text, property)),
      );
    }
  },
};
