import { error } from "../finding.ts";
import { counted } from "../numbers.ts";
import type { Rule } from "./rule.ts";

/** Samples to measure with, or to train a teacher on, that have no label. */
export const noLabel: Rule = {
  code: "no-label",
  *check({ data, teacher }) {
    for (const [name, source] of [
      ["validation", data.validation],
      ["test", data.test],
      ["teacher's", teacher?.source],
    ] as const) {
      if (!source?.unlabelled) continue;
      yield error(
        source.files.at(-1)?.reference.node ?? source.node,
        `${counted(source.unlabelled, "sample")} of the ${name} ones ${source.unlabelled === 1 ? "has" : "have"} no label${source.firstUnlabelled === undefined ? "" : `, sample ${source.firstUnlabelled}${source.unlabelled === 1 ? "" : " first"}`}. Only samples that the student learns from may lack one.`,
      );
    }
  },
};
