import { error, type Fix, fix } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { stageNodes } from "../model/stages.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Early stopping needs validation samples; test samples must not select anything. */
export const earlyStoppingBlind: Rule = {
  code: "early-stopping-blind",
  *check({ at, root, parsed }) {
    const trainings = [root, ...stageNodes(root)].map((owner) => member(owner, "training"));
    const data = at("data");
    if (at("data", "validation")) return;
    const fixes: Fix[] =
      data?.type === "object"
        ? [
            fix(
              "Hold out a tenth of the training samples",
              insertProperty(parsed.text, data, "validation", '{ "split": 0.1 }'),
            ),
          ]
        : [];
    for (const stopping of trainings.flatMap((training) => member(training, "earlyStopping") ?? []))
      yield error(headOf(stopping), "Early stopping needs `data.validation`.", ...fixes);
  },
};
