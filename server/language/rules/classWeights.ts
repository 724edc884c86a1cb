import { error } from "../finding.ts";
import { lossLists } from "../model/stages.ts";
import { items, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Class weights: one for each class of the student. */
export const classWeights: Rule = {
  code: "class-weights",
  *check({ root, data, student }) {
    const classes = student?.classes ?? data.train?.classes;
    if (classes === undefined) return;
    for (const loss of lossLists(root).flatMap(items)) {
      const node = member(loss, "classWeights");
      const count = items(node).length;
      if (!node || count === 0 || count === classes) continue;
      yield error(
        node,
        `There are ${count} class weights, but ${classes} classes. Give one number per class.`,
      );
    }
  },
};
