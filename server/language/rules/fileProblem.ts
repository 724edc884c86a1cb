import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** A file that is not there, or is not what it should be: what reading it has found, under its code, stands at its path. */
export const fileProblem: Rule = {
  code: "file",
  *check({ files }) {
    for (const { reference, knowledge } of files) {
      const problem = knowledge?.problem;
      if (problem) yield { ...error(reference.node, problem.message), code: problem.code };
    }
  },
};
