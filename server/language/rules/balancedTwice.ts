import { balancedTwice as message, weighsTwice } from "../../nets/balanced.ts";
import { fix, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { lossLists } from "../model/stages.ts";
import { items, member, textOf } from "../model/values.ts";
import { dataOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Class weights beside a balanced sampler. */
export const balancedTwice: Rule = {
  code: "balanced-twice",
  *check({ root, at, parsed }) {
    const sampler = at("data", "sampler");
    if (!sampler?.parent || textOf(sampler) !== "balanced") return;
    for (const loss of lossLists(root).flatMap(items)) {
      const weights = member(loss, "classWeights");
      if (!weights?.parent || !weighsTwice(dataOf(weights))) continue;
      yield warning(
        weights,
        message,
        fix("Remove `classWeights`", removeItem(parsed.text, weights.parent)),
        fix("Remove `sampler`", removeItem(parsed.text, sampler.parent)),
      );
    }
  },
};
