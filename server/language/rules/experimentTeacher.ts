import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** Experiments whose students would have to be trained before each other. */
export const experimentTeacher: Rule = {
  code: "teacher-circle",
  *check({ files }) {
    for (const { reference, knowledge } of files) {
      const circle = knowledge?.facts?.circle;
      if (circle === undefined) continue;
      yield error(
        reference.node,
        `The student of each of these experiments teaches the one before it, in a circle: ${circle.join(" → ")}. One of them needs another teacher.`,
      );
    }
  },
};
