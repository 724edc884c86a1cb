import type { ResolvedExperiment, ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { type TaskName, taskOf } from "../../tasks/tasks.ts";
import type { LossWeight } from "../distill/losses/arguments.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { Fit } from "./fitConfig.ts";

/**
 * Losses of the baseline, so that it differs from the student only in the teacher: those that need no teacher. Their weights
 * are divided by their sum in each step; otherwise the missing weight of the teacher's terms would act as a lower learning
 * rate. Where a schedule makes that sum 0 they are equal. Without such a loss it is the task's own of the labels, as cross-entropy. Losses that
 * the file gives for it are used unchanged.
 */
export function baselineLosses({
  losses,
  task,
  baselines: { studentAlone },
}: Pick<ResolvedExperiment, "task" | "losses" | "baselines">): Pick<Fit, "losses" | "sharedWeights"> {
  if (typeof studentAlone === "object") return { losses: studentAlone.losses };
  const left = losses.filter((loss) => !needsTeacher(loss) && !isSilent(loss.weight));
  return left.length > 0 ? { losses: left, sharedWeights: true } : { losses: [labelLossOf(task)] };
}

/** What a network learns from labels alone. */
export const labelLossOf = (task: TaskName | undefined): ResolvedLoss =>
  ({ type: taskOf(task).labelLoss, weight: 1 }) as ResolvedLoss;

/** Whether a term has weight 0 in every step. */
const isSilent = (weight: LossWeight): boolean =>
  typeof weight === "number" ? weight === 0 : weight.from === 0 && weight.to === 0;
