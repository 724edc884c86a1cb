import { tooHard } from "../../statistics/softness.ts";
import { isCompared } from "../comparedValues.ts";
import { fix, replace, warning } from "../finding.ts";
import type { Rule } from "./rule.ts";
import { measuredSoftness } from "./temperatureLow.ts";

/** At temperature 1 the teacher's small probabilities, which distillation relies on, hardly count; a sweep that compares 1 with others measures that. */
export const temperatureOne: Rule = {
  code: "temperature-one",
  *check(model) {
    const softness = measuredSoftness(model);
    // What was measured says it better.
    if (softness !== undefined && tooHard(softness, 1)) return;
    for (const { type, temperature } of model.losses) {
      if (temperature?.value !== 1 || !softening.has(type) || isCompared(temperature.node, model.root))
        continue;
      yield warning(
        temperature.node,
        "At temperature 1 nothing is softened: the teacher adds little to the labels. Usual values are 2 to 8.",
        fix("Change to 3", replace(temperature.node, "3")),
      );
    }
  },
};

/** Other losses are also used at 1: DIST for many classes, divergences between language models. */
const softening: ReadonlySet<string> = new Set(["kd", "dkd"]);
