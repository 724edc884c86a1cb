import { grouped } from "../../grouped.ts";
import { warning } from "../finding.ts";
import { countOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A warm-up longer than the run. */
export const warmupTooLong: Rule = {
  code: "warmup-too-long",
  *check({ at, duration: { totalSteps } }) {
    const node = at("schedule", "warmup");
    const warmup = countOf(node);
    if (!node || warmup === undefined || totalSteps === undefined || warmup < totalSteps) return;
    yield warning(
      node,
      `The warm-up takes ${grouped(warmup)} steps, the whole run ${grouped(totalSteps)}: the learning rate never reaches its full value.`,
    );
  },
};
