import { lostMask, lostMasks } from "../../nets/lostMasks.ts";
import { warning } from "../finding.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A layer behind an embedding with a `maskToken` that does not know of padding. */
export const maskLost: Rule = {
  code: "mask-lost",
  *check({ student, teacher }) {
    for (const net of [teacher, student]) {
      if (!net?.plan) continue;
      const planned = net.plan.layers;
      for (const layer of lostMasks(planned.filter((one) => one !== undefined))) {
        const node = net.layers[planned.indexOf(layer)];
        if (node) yield warning(member(node, "type") ?? node, lostMask(layer.name));
      }
    }
  },
};
