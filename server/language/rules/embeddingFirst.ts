import { error } from "../finding.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Integers have no gradient: layers before an embedding could not be trained. */
export const embeddingFirst: Rule = {
  code: "layer-unsupported",
  *check({ teacher, student }) {
    for (const net of [teacher, student]) {
      if (!net?.plan) continue;
      const learned = new Set<string>();
      for (const [index, layer] of net.plan.layers.entries()) {
        if (layer === undefined) continue;
        const isBehind = layer.inputs.some((input) => learned.has(input));
        if (isBehind || layer.parameterCount > 0) learned.add(layer.name);
        const node = net.layers[index];
        if (layer.type !== "embedding" || !isBehind || !node) continue;
        yield error(
          member(node, "type") ?? node,
          "An embedding takes integers from the data; layers with weights before it could not be trained. Put the embedding first.",
        );
      }
    }
  },
};
