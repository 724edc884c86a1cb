import { counted } from "../../grouped.ts";
import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** A number of labels that differs from that of the samples. */
export const countMismatch: Rule = {
  code: "count-mismatch",
  *check({ data, teacher }) {
    for (const source of [data.train, data.validation, data.test, teacher?.source]) {
      const labels = source?.files.find(({ reference }) => reference.kind.endsWith("-labels"));
      const samples = source?.files.find((file) => file !== labels);
      const [count, labelled] = [samples, labels].map((file) => file?.knowledge?.facts?.count);
      if (!labels || count === undefined || labelled === undefined || count === labelled) continue;
      yield error(
        labels.reference.node,
        `There are ${counted(labelled, "label")} for ${counted(count, "sample")}. Are the files from the same set?`,
      );
    }
  },
};
