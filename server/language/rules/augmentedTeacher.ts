import type { Node } from "jsonc-parser";
import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { blending } from "../model/augmentations.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

const hasStored = (teacher: Node | undefined): boolean =>
  textOf(member(teacher, "type")) === "outputs" || items(member(teacher, "teachers")).some(hasStored);

/** Of augmented samples no two are alike, so the teacher has to see each of them, in each epoch; unless there are few views. */
export const augmentedTeacher: Rule = {
  code: "augmented-teacher",
  *check({ at, data, losses, parsed }) {
    const augment = at("data", "augment");
    const place = at("data");
    if (!augment || !place || data.augment.length === 0 || !at("teacher")) return;
    if (hasStored(at("teacher"))) return; // storedTeacher refuses it
    const seeing = losses.filter(({ seesTeacher, weight }) => seesTeacher && weight > 0);
    if (seeing.length === 0) return;
    const onLayers = seeing.find(({ layers }) => layers.teacher.length > 0);
    if (at("data", "views")) {
      if (onLayers)
        yield warning(
          at("data", "views") ?? headOf(augment),
          `Of views only logits are kept, and \`${onLayers.type}\` compares layers: the teacher runs in every step.`,
        );
      return;
    }
    const words = "With augmentation the teacher's outputs cannot be cached: it runs in every step.";
    if (onLayers || blending(data.augment)) yield warning(headOf(augment), words);
    else
      yield warning(
        headOf(augment),
        `${words} With \`views\` each sample has a few fixed forms, and the outputs are kept.`,
        fix("Add `views`", insertProperty(parsed.text, place, "views", "4")),
      );
  },
};
