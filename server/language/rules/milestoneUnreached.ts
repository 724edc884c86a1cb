import { defaults } from "../../../schemas/defaults.ts";
import { warning } from "../finding.ts";
import type { Duration } from "../model/duration.ts";
import { countOf, items, type ValueAt } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A milestone that the run ends before. */
export const milestoneUnreached: Rule = {
  code: "milestone-unreached",
  *check({ at, duration }) {
    const epochs = epochsOf(at, duration);
    if (epochs === undefined) return;
    for (const node of items(at("schedule", "milestones"))) {
      const milestone = countOf(node);
      if (milestone === undefined || milestone < epochs) continue;
      const length = Number(epochs.toPrecision(3));
      yield warning(
        node,
        `Training ends after ${length} ${epochs === 1 ? "epoch" : "epochs"}: the learning rate does not change at ${milestone}.`,
      );
    }
  },
};

function epochsOf(at: ValueAt, { totalSteps, stepsPerEpoch }: Duration): number | undefined {
  if (at("training", "steps") === undefined) return countOf(at("training", "epochs")) ?? defaults.epochs;
  return totalSteps === undefined || !stepsPerEpoch ? undefined : totalSteps / stepsPerEpoch;
}
