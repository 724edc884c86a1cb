import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { stageNodes } from "../model/stages.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** `epochs` and `steps` both say how long to train. */
export const epochsAndSteps: Rule = {
  code: "epochs-and-steps",
  *check({ at, root, parsed }) {
    const ofStages = stageNodes(root).map((stage) => member(stage, "training"));
    for (const training of [at("training"), ...ofStages, at("teacher", "train")]) {
      const epochs = member(training, "epochs");
      const steps = member(training, "steps");
      if (!epochs?.parent || !steps?.parent) continue;
      yield error(
        headOf(steps),
        "`epochs` and `steps` both set how long to train: give one of them.",
        fix('Remove "steps"', removeItem(parsed.text, steps.parent)),
        fix('Remove "epochs"', removeItem(parsed.text, epochs.parent)),
      );
    }
  },
};
