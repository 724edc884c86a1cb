import { firstEmbeddings } from "../../nets/firstEmbeddings.ts";
import { error } from "../finding.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Values for which the student's embedding has no row. */
export const embeddingRange: Rule = {
  code: "embedding-range",
  *check({ student, samples }) {
    const range = samples?.facts?.range;
    if (range === undefined || !student?.plan) return;
    const planned = student.plan.layers;
    const [least, most] = range;
    for (const { name, rows } of firstEmbeddings(planned.filter((layer) => layer !== undefined))) {
      const bad = least <= -1 ? least : most >= rows ? most : undefined;
      const node = student.layers[planned.findIndex((layer) => layer?.name === name)];
      if (bad === undefined || node === undefined) continue;
      yield error(
        member(node, "inputDim") ?? node,
        `${name} takes integers from 0 to ${rows - 1}; the data has ${bad}. Raise its inputDim, or check the data and data.normalize.`,
      );
    }
  },
};
