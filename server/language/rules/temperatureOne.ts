import { fix, replace, warning } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** At temperature 1 the teacher's small probabilities hardly count: what distilling lives on. */
export const temperatureOne: Rule = {
  code: "temperature-one",
  *check({ losses }) {
    for (const { type, temperature } of losses) {
      if (temperature?.value !== 1 || !softening.has(type)) continue;
      yield warning(
        temperature.node,
        "At temperature 1 nothing is softened: the teacher says little more than the labels. Usual are 2 to 8.",
        fix("Change to 3", replace(temperature.node, "3")),
      );
    }
  },
};

/** Others are used at 1 as well: DIST where there are many classes, divergences between language models. */
const softening: ReadonlySet<string> = new Set(["kd", "dkd"]);
