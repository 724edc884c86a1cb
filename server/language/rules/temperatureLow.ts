import { tooHard } from "../../statistics/softness.ts";
import { isCompared } from "../comparedValues.ts";
import { fix, replace, warning } from "../finding.ts";
import type { Model } from "../model/model.ts";
import { dataOf } from "../parse.ts";
import { teachingOf } from "../teaching.ts";
import type { Rule } from "./rule.ts";

/** A temperature at which the teacher of the last run, if the text has the same, says hardly more than labels. */
export const temperatureLow: Rule = {
  code: "temperature-low",
  *check(model) {
    const softness = measuredSoftness(model);
    if (softness === undefined) return;
    for (const { temperature } of model.losses) {
      const found = temperature && tooHard(softness, temperature.value);
      if (!found || isCompared(temperature.node, model.root)) continue;
      const { message, better } = found;
      yield warning(
        temperature.node,
        message,
        fix(`Change to ${better}`, replace(temperature.node, `${better}`)),
      );
    }
  },
};

/** How soft the last run found the outputs of the same teacher. */
export const measuredSoftness = ({ root, lastRun }: Pick<Model, "root" | "lastRun">) =>
  lastRun?.softness === undefined || lastRun.teaching !== teachingOf(dataOf(root))
    ? undefined
    : lastRun.softness;
