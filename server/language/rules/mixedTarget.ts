import { error } from "../finding.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** `dkd` tells the true class from the others, and a mixed sample has two true ones. */
export const mixedTarget: Rule = {
  code: "mixed-target",
  *check({ data, losses }) {
    const mixup = data.augment.find((node) => textOf(member(node, "type")) === "mixup");
    if (!mixup) return;
    for (const { type, node } of losses) {
      if (type !== "dkd" || !node) continue;
      yield error(
        member(node, "type") ?? node,
        "`dkd` needs one true class a sample, and `mixup` mixes two. Take `kd`, or leave `mixup` out.",
      );
    }
  },
};
