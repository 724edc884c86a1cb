import { vit } from "../../nets/presets/vit.ts";
import { resolveParameter } from "../../parameters/parameter.ts";
import { error, fix, replace } from "../finding.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Heads divide the features evenly. */
export const vitHeads: Rule = {
  code: "vit-heads",
  *check({ at }) {
    for (const net of [at("student"), at("teacher")]) {
      if (textOf(member(net, "preset")) !== "vit") continue;
      const [widthNode, headsNode] = [member(net, "width"), member(net, "heads")];
      const width = resolveParameter(vit.parameters.width, widthNode?.value)?.value;
      const heads = resolveParameter(vit.parameters.heads, headsNode?.value)?.value;
      const node = widthNode ?? headsNode;
      if (!node || !width || !heads || width % heads === 0) continue;
      const nearest = heads * Math.max(1, Math.round(width / heads));
      const message = `A vit's width must be a multiple of its heads; ${width} features cannot be divided among ${heads} heads.`;
      yield widthNode
        ? error(widthNode, message, fix(`Change to ${nearest}`, replace(widthNode, String(nearest))))
        : error(node, message);
    }
  },
};
