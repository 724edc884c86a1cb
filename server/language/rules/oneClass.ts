import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** Labels of one class only. */
export const oneClass: Rule = {
  code: "one-class",
  *check({ data: { train }, task }) {
    if (train?.classes !== 1 || task !== "classification") return;
    yield error(
      train.files.at(-1)?.reference.node ?? train.node,
      "All labels are of one class. At least two classes are needed.",
    );
  },
};
