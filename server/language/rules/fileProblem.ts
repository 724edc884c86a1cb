import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** A file that is not there, or is not what it should be: what reading it has found stands at its path. */
export const fileProblem: Rule = {
  code: "file",
  *check({ files }) {
    for (const { reference, knowledge } of files) {
      if (knowledge?.problem) yield error(reference.node, knowledge.problem.message);
    }
  },
};
