import { type TaskName, taskOf } from "./tasks.ts";

/** Why a loss cannot be used, where it is for other tasks. */
export const lossTaskMessage = (loss: string, tasks: readonly string[], task: TaskName): string =>
  `The loss ${loss} is for ${tasks.join(" and ")}, and the labels are ${taskOf(task).labels} (${task}).`;
