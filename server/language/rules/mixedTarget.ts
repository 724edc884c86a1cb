import { error } from "../finding.ts";
import { blending } from "../model/augmentations.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** `dkd` tells the true class from the others, and a mixed sample has two true ones. */
export const mixedTarget: Rule = {
  code: "mixed-target",
  *check({ data, losses }) {
    const blend = blending(data.augment);
    if (!blend) return;
    for (const { type, node } of losses) {
      if (type !== "dkd" || !node) continue;
      yield error(
        member(node, "type") ?? node,
        `\`dkd\` needs one true class a sample, and \`${blend.type}\` mixes two. Take \`kd\`, or leave \`${blend.type}\` out.`,
      );
    }
  },
};
