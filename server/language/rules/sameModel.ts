import { warning } from "../finding.ts";
import { normalised } from "../references.ts";
import type { Rule } from "./rule.ts";

/** A student that starts from its own teacher has nothing to learn. */
export const sameModel: Rule = {
  code: "same-model",
  *check({ teacher, student }) {
    const from = teacher?.file?.reference;
    const to = student?.file?.reference;
    if (!from || !to || normalised(from.path) !== normalised(to.path)) return;
    yield warning(to.node, "Teacher and student are the same file: the student starts as its own teacher.");
  },
};
