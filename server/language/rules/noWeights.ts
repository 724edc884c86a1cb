import type { Node } from "jsonc-parser";
import { matches } from "../../nets/weightPatterns.ts";
import { error } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { NetModel } from "../model/net.ts";
import { stageNodes } from "../model/stages.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A net without trainable layers, and a choice of its weights without one that a step trains. */
export const noWeights: Rule = {
  code: "no-weights",
  *check({ teacher, student, root }) {
    for (const net of [teacher, student]) {
      if (net?.plan?.problems.length !== 0 || net.plan.layers.includes(undefined)) continue;
      const trained = net.plan.layers.flatMap((layer) => Object.values(layer?.parameters ?? {}));
      if (trained.some(({ role }) => role !== "average")) continue;
      yield error(headOf(net.node), "No layer has weights, so there is nothing to train.");
    }
    if (student === undefined) return;
    for (const owner of [student.node, ...stageNodes(root)]) {
      const chosen = member(owner, "trainable");
      if (chosen !== undefined && isOfAverages(items(chosen), student))
        yield error(chosen, "Matches averages of norms alone, so there is nothing to train.");
    }
  },
};

/** Whether every pattern matches averages and nothing else; another rule reports one that matches nothing. */
function isOfAverages(patterns: readonly Node[], { weights = [], averages = [] }: NetModel): boolean {
  const matched = patterns.map((node) => weights.filter((name) => matches(textOf(node) ?? "", name)));
  return (
    matched.length > 0 &&
    matched.every((names) => names.length > 0 && names.every((name) => averages.includes(name)))
  );
}
