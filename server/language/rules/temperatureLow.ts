import { tooHard } from "../../statistics/softness.ts";
import { fix, replace, warning } from "../finding.ts";
import type { Model } from "../model/model.ts";
import { dataOf } from "../parse.ts";
import { teachingOf } from "../teaching.ts";
import type { Rule } from "./rule.ts";

/** A temperature at which the teacher of the last run, if the text has the same, says hardly more than labels. */
export const temperatureLow: Rule = {
  code: "temperature-low",
  *check(model) {
    for (const { temperature } of model.losses) {
      const found = temperature && measuredTooHard(model, temperature.value);
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

/** What the last run's outputs of the same teacher say against a temperature. */
export const measuredTooHard = ({ root, lastRun }: Pick<Model, "root" | "lastRun">, temperature: number) =>
  lastRun?.softness === undefined || lastRun.teaching !== teachingOf(dataOf(root))
    ? undefined
    : tooHard(lastRun.softness, temperature);
