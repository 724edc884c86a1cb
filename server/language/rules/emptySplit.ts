import { error } from "../finding.ts";
import { counted } from "../numbers.ts";
import type { Rule } from "./rule.ts";

/** A validation split of so few samples that one side gets none. */
export const emptySplit: Rule = {
  code: "empty-split",
  *check({ at, data: { train, split, trainCount } }) {
    const share = at("data", "validation", "split");
    const count = train?.count;
    if (!share || split === undefined || !count || trainCount === undefined) return;
    if (trainCount > 0 && trainCount < count) return;
    const side = trainCount === 0 ? "training" : "validation";
    yield error(
      share,
      `A share of ${split} of ${counted(count, "sample")} leaves none for ${side}: use a ${side === "training" ? "smaller" : "larger"} share, or more samples.`,
    );
  },
};
