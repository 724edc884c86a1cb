import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** Labels that are all the same: a classifier would have nothing to tell apart. */
export const oneClass: Rule = {
  code: "one-class",
  *check({ data: { train } }) {
    if (train?.classes !== 1) return;
    yield error(
      train.files.at(-1)?.reference.node ?? train.node,
      "All labels are of one class: there is nothing to tell apart. Two classes or more are needed.",
    );
  },
};
