import { error } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** A net without trainable layers. */
export const noWeights: Rule = {
  code: "no-weights",
  *check({ teacher, student }) {
    for (const net of [teacher, student]) {
      if (net?.plan?.problems.length !== 0) continue;
      const trained = net.plan.layers.flatMap((layer) => Object.values(layer?.parameters ?? {}));
      if (trained.some(({ role }) => role !== "average")) continue;
      yield error(headOf(net.node), "No layer has weights, so there is nothing to train.");
    }
  },
};
