import { error } from "../finding.ts";
import { layerProblems } from "./layerProblems.ts";
import type { Rule } from "./rule.ts";

/** A layer that is not the last and that no other layer reads: it would have no effect. */
export const layerUnused: Rule = {
  code: "layer-unused",
  *check(model) {
    for (const { problem, span } of layerProblems(model, "layer-unused")) yield error(span, problem.message);
  },
};
