import { tooHard } from "../../statistics/softness.ts";
import { fix, replace, warning } from "../finding.ts";
import { dataOf } from "../parse.ts";
import { teachingOf } from "../teaching.ts";
import type { Rule } from "./rule.ts";

/** A temperature at which the teacher of the last run, if the text has the same, says hardly more than labels. */
export const temperatureLow: Rule = {
  code: "temperature-low",
  *check({ root, losses, lastRun }) {
    if (lastRun?.softness === undefined || lastRun.teaching !== teachingOf(dataOf(root))) return;
    for (const { temperature } of losses) {
      const found = temperature && tooHard(lastRun.softness, temperature.value);
      if (!found) continue;
      const { message, better } = found;
      yield warning(
        temperature.node,
        message,
        fix(`Change to ${better}`, replace(temperature.node, `${better}`)),
      );
    }
  },
};
