import { balancedTask, balancedUnlabelled } from "../../nets/balanced.ts";
import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A balanced sampler without classes, or among samples of no class. */
export const samplerBalanced: Rule = {
  code: "sampler-balanced",
  *check({ at, data, task, parsed }) {
    const given = at("data", "sampler");
    if (!given?.parent || textOf(given) !== "balanced") return;
    const removal = fix("Remove `sampler`", removeItem(parsed.text, given.parent));
    if (task !== undefined && task !== "classification") yield error(given, balancedTask(task), removal);
    else if ((at("data", "unlabelled") || data.train?.unlabelled) && !at("data", "unlabelled", "share"))
      yield error(given, balancedUnlabelled, removal);
  },
};
