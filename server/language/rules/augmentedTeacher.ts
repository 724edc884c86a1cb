import { warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** Augmented samples differ in each epoch, so the teacher has to see all of them. */
export const augmentedTeacher: Rule = {
  code: "augmented-teacher",
  *check({ at, data, losses }) {
    const augment = at("data", "augment");
    if (!augment || data.augment.length === 0 || !at("teacher")) return;
    if (!losses.some(({ seesTeacher, weight }) => seesTeacher && weight > 0)) return;
    yield warning(
      headOf(augment),
      "With augmentation the teacher's outputs cannot be cached: it runs in every step.",
    );
  },
};
