import { error } from "../finding.ts";
import { layerProblems } from "./layerProblems.ts";
import type { Rule } from "./rule.ts";

/** A layer that no other one reads and that is not the last: what it learns would go nowhere. */
export const layerUnused: Rule = {
  code: "layer-unused",
  *check(model) {
    for (const { problem, span } of layerProblems(model, "layer-unused")) yield error(span, problem.message);
  },
};
