import { lossTaskMessage } from "../../tasks/lossTask.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { error, fix, replace } from "../finding.ts";
import { items, member, textOf } from "../model/values.ts";
import { variantOf } from "../schema/union.ts";
import type { Rule } from "./rule.ts";

/** Losses for other tasks than that of the labels. */
export const lossTask: Rule = {
  code: "loss-task",
  *check({ at, task, isTaskKnown }) {
    if (!isTaskKnown) return;
    for (const loss of [...items(at("losses")), ...items(at("baselines", "studentAlone", "losses"))]) {
      const node = member(loss, "type");
      const type = textOf(node) ?? "";
      const { tasks, seesTeacher } = variantOf("Loss", type) ?? {};
      if (!node || tasks === undefined || tasks.includes(task)) continue;
      const other = seesTeacher ? "kd" : taskOf(task).labelLoss;
      yield error(
        node,
        lossTaskMessage(type, tasks, task),
        fix(`Change to "${other}"`, replace(node, JSON.stringify(other))),
      );
    }
  },
};
