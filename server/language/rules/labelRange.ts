import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** Labels of validation or test that the training data does not have. Fewer classes are fine: a small set may lack some. */
export const labelRange: Rule = {
  code: "label-range",
  *check({ data: { train, validation, test, givenClasses, fileClasses }, task }) {
    const classes = givenClasses ?? fileClasses; // before any are left out
    if (train === undefined || classes === undefined || task !== "classification") return;
    if ((fileClasses ?? 0) > (givenClasses ?? Number.POSITIVE_INFINITY))
      yield error(
        train.files.at(-1)?.reference.node ?? train.node,
        `The training labels have ${fileClasses} classes, and \`classes\` gives ${givenClasses}.`,
      );
    for (const [name, source] of [
      ["validation", validation],
      ["test", test],
    ] as const) {
      if (source?.classes === undefined || source.classes <= classes) continue;
      yield error(
        source.files.at(-1)?.reference.node ?? source.node,
        `The ${name} labels go up to ${source.classes - 1}, but the training data has only the classes 0 … ${classes - 1}.`,
      );
    }
  },
};
