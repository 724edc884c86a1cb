import { command } from "../../protocol.ts";
import { fixBy, opening, warning } from "../finding.ts";
import { member } from "../model/values.ts";
import { dataOf } from "../parse.ts";
import { teachingOf } from "../teaching.ts";
import type { Rule } from "./rule.ts";

/** Warnings of the last run about its teacher, while the text has the same teacher and samples. */
export const teacherWarned: Rule = {
  code: "teacher-warned",
  *check({ root, at, lastRun }) {
    const teacher = at("teacher");
    const experiment = dataOf(root);
    if (!teacher || !lastRun || lastRun.teaching !== teachingOf(experiment)) return;
    const isAugmentedAlike = lastRun.augmented === teachingOf(experiment, "augmented");
    const place = member(teacher, "path") ?? member(teacher, "type") ?? opening(teacher);
    for (const { code, message } of lastRun.warnings) {
      if (!code.startsWith("teacher-") || (code === "teacher-augmented" && !isAugmentedAlike)) continue;
      const show = fixBy("Show the run", command.openCharts, lastRun.uri, lastRun.directory);
      yield { ...warning(place, `In the last run: ${message}`, show), code };
    }
  },
};
