import type { Node } from "jsonc-parser";
import { error, fix, replace, type Span, type Uncoded } from "../finding.ts";
import type { NetModel } from "../model/net.ts";
import { member, textOf } from "../model/values.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Teacher, student and data must speak of the same classes. */
export const classMismatch: Rule = {
  code: "class-mismatch",
  *check({ data, teacher, student }) {
    const expected = data.train?.classes;
    if (expected !== undefined) {
      yield* netMismatch("teacher", teacher, expected);
      yield* netMismatch("student", student, expected);
    } else if (teacher?.classes !== undefined && student?.classes !== undefined) {
      if (teacher.classes === student.classes) return;
      yield error(
        placeOf(student),
        `The student tells ${student.classes} classes apart, the teacher ${teacher.classes}.`,
      );
    }
  },
};

function* netMismatch(
  role: "teacher" | "student",
  net: NetModel | undefined,
  classes: number,
): Generator<Uncoded> {
  if (net?.classes === undefined || net.classes === classes) return;
  const units = unitsOf(net);
  yield error(
    placeOf(net),
    `The ${role} tells ${net.classes} classes apart, but the data has ${classes}.`,
    ...(units ? [fix(`Change units to ${classes}`, replace(units, String(classes)))] : []),
  );
}

/** The `units` of the last layer, its file's path, or the net as such. */
function placeOf(net: NetModel): Span {
  return (
    unitsOf(net) ??
    net.file?.reference.node ??
    net.layers.at(-1) ??
    propertyOf(net.node)?.children?.[0] ??
    net.node
  );
}

function unitsOf({ layers }: NetModel): Node | undefined {
  const last = layers.at(-1);
  return textOf(member(last, "type")) === "dense" ? member(last, "units") : undefined;
}
