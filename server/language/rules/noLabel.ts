import { counted } from "../../grouped.ts";
import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** Samples without a label in a split that needs labels. */
export const noLabel: Rule = {
  code: "no-label",
  *check({ data, teacher }) {
    for (const [name, source] of [
      ["data.validation", data.validation],
      ["data.test", data.test],
      ["teacher.train.data", teacher?.source],
    ] as const) {
      if (!source?.unlabelled) continue;
      yield error(
        source.files.at(-1)?.reference.node ?? source.node,
        `${counted(source.unlabelled, "sample")} in ${name} ${source.unlabelled === 1 ? "has" : "have"} no label${source.firstUnlabelled === undefined ? "" : `, sample ${source.firstUnlabelled}${source.unlabelled === 1 ? "" : " first"}`}. Only the student's training samples may lack one; −1 says that there is none.`,
      );
    }
  },
};
