import { grouped } from "../../grouped.ts";
import { quoted } from "../../parameters/words.ts";
import { warning } from "../finding.ts";
import { stageDuration } from "../model/duration.ts";
import { countOf, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A warm-up longer than the run, or than its stage. */
export const warmupTooLong: Rule = {
  code: "warmup-too-long",
  *check({ at, data, stages }) {
    for (const stage of stages) {
      const node = member(stage.at("schedule"), "warmup");
      const warmup = countOf(node);
      const { totalSteps } = stageDuration(stage, at, data);
      if (!node || warmup === undefined || totalSteps === undefined || warmup < totalSteps) continue;
      const whole = stage.name === undefined ? "the whole run" : `the stage ${quoted(stage.name)}`;
      yield warning(
        node,
        `The warm-up takes ${grouped(warmup)} steps, ${whole} ${grouped(totalSteps)}: the learning rate never reaches its full value.`,
      );
    }
  },
};
