import type { Node } from "jsonc-parser";
import { warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

const hasStored = (teacher: Node | undefined): boolean =>
  textOf(member(teacher, "type")) === "outputs" || items(member(teacher, "teachers")).some(hasStored);

/** Of augmented samples no two are alike, so the teacher has to see each of them, in each epoch. */
export const augmentedTeacher: Rule = {
  code: "augmented-teacher",
  *check({ at, data, losses }) {
    const augment = at("data", "augment");
    if (!augment || data.augment.length === 0 || !at("teacher")) return;
    if (hasStored(at("teacher"))) return; // storedTeacher refuses it
    if (!losses.some(({ seesTeacher, weight }) => seesTeacher && weight > 0)) return;
    yield warning(
      headOf(augment),
      "With augmentation the teacher's outputs cannot be cached: it runs in every step.",
    );
  },
};
