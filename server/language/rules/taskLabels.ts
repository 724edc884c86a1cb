import { taskOf } from "../../tasks/tasks.ts";
import { error, fix, replace, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { stageNodes } from "../model/stages.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** What belongs to another task than that of the labels. */
export const taskLabels: Rule = {
  code: "task-key",
  *check({ at, root, data, task, isTaskKnown, losses, parsed: { text } }) {
    if (!isTaskKnown) return;
    const threshold = at("data", "threshold");
    if (threshold && task !== "multiLabel")
      yield error(
        threshold,
        `A threshold is of several labels a sample, and the labels are ${taskOf(task).labels}.`,
      );
    const labels = data.train?.classes;
    const given = items(threshold).length;
    if (threshold && task === "multiLabel" && given > 0 && labels !== undefined && given !== labels)
      yield error(
        threshold,
        `There are ${given} thresholds, but ${labels} labels. Give one number, or one per label.`,
      );
    const { metrics, key } = taskOf(task);
    for (const owner of [root, ...stageNodes(root)]) {
      const metric = member(member(member(owner, "training"), "earlyStopping"), "metric");
      if (typeof metric?.value !== "string" || Object.hasOwn(metrics, metric.value)) continue;
      yield error(
        metric,
        `\`${metric.value}\` is no metric of a ${task} experiment. Expected ${Object.keys(metrics).join(", ")}.`,
        fix(`Change to "${key}"`, replace(metric, JSON.stringify(key))),
      );
    }
    if (task !== "regression") return;
    const softened = losses.flatMap(({ type, node }) =>
      type === "kd" ? [member(node, "temperature"), member(node, "standardize")] : [],
    );
    for (const value of new Set([at("temperature"), ...softened])) {
      const property = value?.parent;
      if (property?.type !== "property") continue;
      const key = textOf(property.children?.[0]);
      yield {
        ...warning(
          property,
          `\`${key}\` does nothing in a regression: kd compares the numbers as they are.`,
          fix(`Remove \`${key}\``, removeItem(text, property)),
        ),
        code: "temperature-unused",
      };
    }
  },
};
