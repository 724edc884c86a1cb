import { resnet } from "../../nets/presets/resnet.ts";
import { resolveParameter } from "../../parameters/parameter.ts";
import { error, fix, replace } from "../finding.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Three stages of n blocks with two convolutions each, one convolution before and a dense layer after: 6n + 2. */
export const resnetDepth: Rule = {
  code: "resnet-depth",
  *check({ at }) {
    for (const net of [at("student"), at("teacher")]) {
      if (textOf(member(net, "preset")) !== "resnet") continue;
      const node = member(net, "depth");
      const depth = resolveParameter(resnet.parameters.depth, node?.value)?.value;
      if (!node || depth === undefined || depth % 6 === 2) continue;
      const nearest = 6 * Math.max(1, Math.round((depth - 2) / 6)) + 2;
      yield error(
        node,
        `A resnet has 6n + 2 layers: 8, 14, 20, 26, 32, …; found ${depth}.`,
        fix(`Change to ${nearest}`, replace(node, String(nearest))),
      );
    }
  },
};
