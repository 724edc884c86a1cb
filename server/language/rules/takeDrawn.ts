import { fix, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** How samples are drawn, where all are taken. */
export const takeDrawn: Rule = {
  code: "take-unused",
  *check({ at, parsed }) {
    const sources = ["train", "validation", "test", "unlabelled"].map((split) => at("data", split));
    for (const source of [...sources, at("teacher", "train", "data")]) {
      if (!source || member(source, "take")) continue;
      for (const key of ["takeSeed", "balanced"]) {
        const given = member(source, key);
        if (given?.parent)
          yield warning(
            given,
            `Without \`take\` all samples are used: \`${key}\` does nothing.`,
            fix(`Remove \`${key}\``, removeItem(parsed.text, given.parent)),
          );
      }
    }
  },
};
