import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import { type Problem, problem } from "../../problem.ts";
import { lossTaskMessage, softLabelsMessage } from "../../tasks/lossTask.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { tasksOf } from "../distill/losses/losses.ts";
import type { PreparedData } from "./prepare.ts";
import { baselineLosses } from "./studentAlone.ts";

/** The first part of an experiment that is for another task than its labels. */
export function taskProblem(
  experiment: Pick<ResolvedExperiment, "task" | "losses" | "baselines">,
  { train: { task = "classification", targets } }: PreparedData,
): { readonly problem: Problem } | undefined {
  const { task: declaredTask = "classification" } = experiment;
  // `check` does not read the labels of files that are too large.
  if (declaredTask !== task)
    return problem(
      "task-unsaid",
      `The labels are ${taskOf(task).labels}, and the experiment is one of ${taskOf(declaredTask).labels}.`,
      `Say so: "task": "${task}".`,
    );
  for (const loss of [...experiment.losses, ...baselineLosses(experiment).losses]) {
    const { type } = loss;
    const tasks = tasksOf(loss);
    if (!tasks.includes(task)) return problem("loss-task", lossTaskMessage(type, tasks, task));
    const soft = task === "classification" && targets ? softLabelsMessage(type) : undefined;
    if (soft !== undefined) return problem("loss-task", soft, "Use kd.");
  }
  return undefined;
}
