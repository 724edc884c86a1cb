import { ofNewHead, ofOtherTask, ofOwnStudent } from "../../nets/standardizable.ts";
import { isModulePath } from "../../parameters/moduleName.ts";
import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Targets of another task, or of a net that nothing can be put behind. */
export const standardizeTargets: Rule = {
  code: "standardize-targets",
  *check({ at, task, isTaskKnown, parsed }) {
    const given = at("data", "standardizeTargets");
    if (!given?.parent || given.value !== true) return;
    const removal = fix("Remove `standardizeTargets`", removeItem(parsed.text, given.parent));
    const type = textOf(at("student", "type"));
    if (isTaskKnown && task !== "regression") yield error(given, ofOtherTask(task), removal);
    else if (textOf(at("student", "head")) === "replace") yield error(given, ofNewHead, removal);
    else if (type !== undefined && isModulePath(type)) yield error(given, ofOwnStudent, removal);
  },
};
