import { error } from "../finding.ts";
import { blending } from "../model/augmentations.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** `dkd` separates the true class from the others, and a mixed sample has two. */
export const mixedTarget: Rule = {
  code: "mixed-target",
  *check({ data, losses }) {
    const blend = blending(data.augment);
    if (!blend) return;
    for (const { type, node } of losses) {
      if (type !== "dkd" || !node) continue;
      yield error(
        member(node, "type") ?? node,
        `\`dkd\` needs one true class per sample, and \`${blend.type}\` mixes two. Use \`kd\`, or remove \`${blend.type}\`.`,
      );
    }
  },
};
