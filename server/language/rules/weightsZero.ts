import { warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** Weights that are all 0: nothing would be learned. Or the teacher's term is 0: nothing would be distilled. */
export const weightsZero: Rule = {
  code: "weights-zero",
  *check({ at, losses, stages }) {
    const idle = stages.filter(
      (stage) => stage.losses.length > 0 && stage.losses.every(({ weight }) => weight === 0),
    );
    for (const list of new Set(idle.map((stage) => stage.list ?? at("alpha"))))
      if (list) yield warning(headOf(list), "All weights are 0: the student would learn nothing.");
    const list = at("stages") ?? at("losses") ?? at("alpha");
    if (!list || idle.length > 0) return;
    const seeing = losses.filter(({ seesTeacher }) => seesTeacher);
    if (!at("teacher") || seeing.length === 0 || seeing.some(({ weight }) => weight !== 0)) return;
    yield warning(
      headOf(list),
      "The weight of the teacher's loss is 0: the student would learn from labels only.",
    );
  },
};
