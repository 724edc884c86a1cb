import { warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** Weights that are all 0: nothing would be learned. Or the teacher's term is 0: nothing would be distilled. */
export const weightsZero: Rule = {
  code: "weights-zero",
  *check({ at, losses }) {
    const [first] = losses;
    const list = at("losses") ?? at("alpha");
    if (!first || !list) return;
    const place = headOf(list);
    if (losses.every(({ weight }) => weight === 0)) {
      yield warning(place, "All weights are 0: the student would learn nothing.");
      return;
    }
    const seeing = losses.filter(({ seesTeacher }) => seesTeacher);
    if (!at("teacher") || seeing.length === 0 || seeing.some(({ weight }) => weight !== 0)) return;
    yield warning(place, "The weight of the teacher's loss is 0: the student would learn from labels only.");
  },
};
