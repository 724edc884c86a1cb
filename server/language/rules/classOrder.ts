import { classSpelling } from "../../classSpelling.ts";
import { columnOrder } from "../../nets/columnOrder.ts";
import { hasPorts } from "../facts.ts";
import { error, warning } from "../finding.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/**
 * A layers model that names its classes must have the data's in the same order, because its outputs are matched by position. An
 * ONNX model's are matched by name.
 */
export const classOrder: Rule = {
  code: "class-order",
  *check({ at, data, teacher, task }) {
    // Numbers have no names.
    if (!teacher?.file || !data.train || task === "regression") return;
    const { file } = teacher;
    const facts = file.knowledge?.facts;
    const ofFile = data.train.files.flatMap(({ knowledge }) => knowledge?.facts?.classNames ?? []);
    if (hasPorts(file.reference.kind)) {
      const output = textOf(member(teacher.node, "output")) ?? facts?.scores;
      const scores = facts?.outputs?.find(({ name }) => name === output);
      const labels = facts?.card?.classNames ?? scores?.classNames;
      const classes = data.train.classes;
      const given = items(at("data", "classes")).flatMap((name) => textOf(name) ?? []);
      const names = given.length > 0 ? given : ofFile;
      if (classes === undefined || labels?.length !== teacher.classes) return;
      const order = columnOrder(labels, { classes, ...(names.length > 0 && { classNames: names }) });
      if ("problem" in order) yield error(file.reference.node, order.problem.message);
      else if (order.warning)
        yield { ...warning(file.reference.node, order.warning.message), code: order.warning.code };
      return;
    }
    const own = facts?.card?.classNames;
    // Where the experiment names the classes, the file's own names do not count.
    if (!own || at("data", "classes")) return;
    const spelling = classSpelling(ofFile);
    const place = ofFile.findIndex((name, k) => spelling(name) !== spelling(own[k] ?? ""));
    if (place < 0) return;
    const found = own[place] === undefined ? "none" : `"${own[place]}"`;
    yield error(
      file.reference.node,
      `The teacher has other classes than the data: class ${place} is ${found} in the model and "${ofFile[place]}" in the data.`,
    );
  },
};
