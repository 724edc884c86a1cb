import { taskOf } from "../../tasks/tasks.ts";
import { error, fix, replace } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** What belongs to another task than that of the labels. */
export const taskLabels: Rule = {
  code: "task-key",
  *check({ at, task, isTaskKnown }) {
    if (!isTaskKnown) return;
    const threshold = at("data", "threshold");
    if (threshold && task !== "multiLabel")
      yield error(
        threshold,
        `A threshold is of several labels a sample, and the labels are ${taskOf(task).labels}.`,
      );
    const metric = at("training", "earlyStopping", "metric");
    const { metrics, key } = taskOf(task);
    if (typeof metric?.value === "string" && !Object.hasOwn(metrics, metric.value))
      yield error(
        metric,
        `\`${metric.value}\` is no metric of a ${task} experiment. Expected ${Object.keys(metrics).join(", ")}.`,
        fix(`Change to "${key}"`, replace(metric, JSON.stringify(key))),
      );
  },
};
