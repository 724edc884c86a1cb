import { lossTaskMessage, softLabelsMessage } from "../../tasks/lossTask.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { error, fix, replace } from "../finding.ts";
import { lossLists } from "../model/stages.ts";
import { items, member, textOf } from "../model/values.ts";
import { variantOf } from "../schema/union.ts";
import type { Rule } from "./rule.ts";

/** Losses for other tasks than that of the labels. */
export const lossTask: Rule = {
  code: "loss-task",
  *check({ root, task, isTaskKnown, files, samples }) {
    if (!isTaskKnown) return;
    for (const loss of lossLists(root).flatMap(items)) {
      const node = member(loss, "type");
      const type = textOf(node) ?? "";
      if (!node) continue;
      // A module's declaration says it, once that was read.
      const own = files.find(({ reference }) => reference.node === node)?.knowledge?.facts?.module;
      const { tasks, seesTeacher } = own?.schema ?? variantOf("Loss", type) ?? {};
      const soft = samples?.facts?.areSoft ? softLabelsMessage(type) : undefined;
      if (soft !== undefined)
        yield error(node, `${soft} Use kd.`, fix('Change to "kd"', replace(node, '"kd"')));
      if (tasks === undefined || tasks.includes(task)) continue;
      const other = seesTeacher ? "kd" : taskOf(task).labelLoss;
      yield error(
        node,
        lossTaskMessage(type, tasks, task),
        fix(`Change to "${other}"`, replace(node, JSON.stringify(other))),
      );
    }
  },
};
