import type { Node } from "jsonc-parser";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { type TaskName, taskNames } from "../tasks/tasks.ts";
import { nodeAt } from "./parse.ts";

/** The experiment with the task that its labels are of, where it does not say one: so its defaults do not depend on files. */
export const withTask = (experiment: Experiment, task: TaskName | undefined): Experiment =>
  task === undefined || task === "classification" || experiment.task !== undefined
    ? experiment
    : { ...experiment, task };

/** The task that the text gives, if it is one. */
export function taskInText(root: Node | undefined): TaskName | undefined {
  const value: unknown = root && nodeAt(root, ["task"])?.value;
  return taskNames.find((name) => name === value);
}
