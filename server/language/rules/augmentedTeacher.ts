import { warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** Of augmented samples no two are alike, so the teacher has to see each of them, in each epoch. */
export const augmentedTeacher: Rule = {
  code: "augmented-teacher",
  *check({ at, data, losses }) {
    const augment = at("data", "augment");
    if (!augment || data.augment.length === 0 || !at("teacher")) return;
    if (!losses.some(({ seesTeacher, weight }) => seesTeacher && weight > 0)) return;
    yield warning(
      headOf(augment),
      "With augmentation the teacher's outputs cannot be computed once and kept: it runs in every step.",
    );
  },
};
