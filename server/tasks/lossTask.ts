import { isModulePath } from "../parameters/moduleName.ts";
import { type TaskName, taskOf } from "./tasks.ts";

/** Why a loss cannot be used, where it is for other tasks. A module that names no tasks is for classification. */
export function lossTaskMessage(loss: string, tasks: readonly string[], task: TaskName): string {
  const remedy = isModulePath(loss)
    ? ` If it is for these, too, the module says so: tasks: ["${task}"].`
    : "";
  return `The loss ${loss} is for ${tasks.join(" and ")}, and the labels are ${taskOf(task).labels} (${task}).${remedy}`;
}

/** Losses that need one class a sample, and why. */
export const softLabelsMessage = (loss: string): string | undefined =>
  loss === "dkd"
    ? "The loss dkd parts the true class from the others, and the labels are probabilities of all."
    : undefined;
