import { error } from "../finding.ts";
import { layerProblems } from "./layerProblems.ts";
import type { Rule } from "./rule.ts";

/** A layer whose input has the wrong shape. */
export const layerShape: Rule = {
  code: "layer-shape",
  *check(model) {
    for (const { problem, span } of layerProblems(model, "layer-shape")) yield error(span, problem.message);
  },
};
