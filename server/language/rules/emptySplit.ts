import { counted } from "../../grouped.ts";
import { error } from "../finding.ts";
import { validationCount } from "../model/data.ts";
import type { Rule } from "./rule.ts";

/** A validation split of so few samples that one side gets none. */
export const emptySplit: Rule = {
  code: "empty-split",
  *check({ at, data: { split, labelledCount: count } }) {
    const share = at("data", "validation", "split");
    if (!share || split === undefined || !count) return;
    const validation = validationCount(count, split);
    if (validation > 0 && validation < count) return;
    const side = validation === count ? "training" : "validation";
    yield error(
      share,
      `A share of ${split} of ${counted(count, "sample")} leaves none for ${side}: use a ${side === "training" ? "smaller" : "larger"} share, or more samples.`,
    );
  },
};
