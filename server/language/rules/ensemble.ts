import type { Node } from "jsonc-parser";
import { nothingKnown } from "../facts.ts";
import { error, type Uncoded } from "../finding.ts";
import type { Model } from "../model/model.ts";
import { teacherModel } from "../model/net.ts";
import { items, member, textOf } from "../model/values.ts";
import { classMismatch } from "./classMismatch.ts";
import { classOrder } from "./classOrder.ts";
import { layerName } from "./layerName.ts";
import { layerReference } from "./layerReference.ts";
import { layerShape } from "./layerShape.ts";
import { layerUnused } from "./layerUnused.ts";
import { modelInput } from "./modelInput.ts";
import { modelPort } from "./modelPort.ts";
import type { Rule } from "./rule.ts";
import { augmented, storedTeacher } from "./storedTeacher.ts";
import { teacherNormalize } from "./teacherNormalize.ts";
import { teacherProbabilities } from "./teacherProbabilities.ts";

/** Rules on a single teacher hold for each member. */
const ofEach: readonly Rule[] = [
  storedTeacher,
  classMismatch,
  classOrder,
  modelPort,
  modelInput,
  teacherProbabilities,
  teacherNormalize,
  layerName,
  layerReference,
  layerShape,
  layerUnused,
];

/** Several teachers that are taken for one. */
export const ensemble: Rule = {
  code: "teacher-ensemble",
  *check(model) {
    const { teacher, losses } = model;
    if (!teacher || textOf(member(teacher.node, "type")) !== "ensemble") return;
    const teachers = items(member(teacher.node, "teachers"));
    const weights = member(teacher.node, "weights");
    const count = items(weights).length;
    if (weights && count > 0 && count !== teachers.length)
      yield error(
        weights,
        `There are ${count} weights, but ${teachers.length} teachers. Give one weight per teacher.`,
      );
    for (const { type, layers } of losses)
      for (const layer of layers.teacher.slice(0, 1))
        yield error(
          layer,
          `The loss ${type} compares layers of the teacher, and an ensemble has none. Use a loss of logits, such as kd, or one of the teachers alone.`,
        );
    for (const node of teachers) yield* ofMember(model, node);
    if (teachers.some((node) => textOf(member(node, "type")) === "outputs")) yield* augmented(model);
  },
};

/** Findings about one of the teachers, as if it were the only one. */
function* ofMember(model: Model, node: Node): Generator<Uncoded & { readonly code?: string }> {
  // Requirements of losses and samples hold for the ensemble.
  const alone = {
    ...model,
    teacher: teacherModel(node, model.data, { files: model.files, knowledge: nothingKnown }),
    losses: [],
    student: undefined,
  };
  for (const rule of [...ofEach, ensemble])
    for (const finding of rule.check(alone)) {
      const { offset } = finding.span;
      if (offset >= node.offset && offset <= node.offset + node.length) yield { code: rule.code, ...finding };
    }
}
