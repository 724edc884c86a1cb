import type { ResolvedExperiment, ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { type TaskName, taskOf } from "../../tasks/tasks.ts";
import type { LossWeight } from "../distill/losses/arguments.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import { type Fit, wholeBudget } from "./fitConfig.ts";

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

/**
 * The stages of the baseline: those of the student whose losses learn from labels, as they are but for the teacher. The steps of
 * the others are added to the next one that does, or to the last one before: it has as many steps, and trains no weight less
 * than it would without a teacher. If no stage learns from labels, the baseline trains the last stage for all steps.
 */
export function baselineStages(
  experiment: Pick<ResolvedExperiment, "task" | "losses" | "baselines">,
  stages: readonly Fit[],
): readonly Fit[] {
  const learning = stages.filter(learnsFromLabels);
  const trained = learning.length > 0 ? learning : stages.slice(-1);
  return trained.map((stage, i) => {
    const isLast = i === trained.length - 1;
    const first = i === 0 ? 0 : stages.indexOf(trained[i - 1] as Fit) + 1;
    const merged = stages.slice(first, isLast ? undefined : stages.indexOf(stage) + 1);
    const { losses } = stage;
    const { stage: name, ...fit } = stage;
    return {
      ...fit,
      ...(name === undefined || trained.length === 1 ? {} : { stage: name }),
      ...(merged.length > 1 ? { training: lasting(stage.training, wholeBudget(merged).totalSteps) } : {}),
      ...baselineLosses({ ...experiment, losses: [...losses] }),
    };
  });
}

const learnsFromLabels = ({ losses }: Fit): boolean =>
  losses.some((loss) => !needsTeacher(loss) && !isSilent(loss.weight));

function lasting({ epochs: _, ...training }: Fit["training"], steps: number): Fit["training"] {
  return { ...training, steps };
}

/** What a network learns from labels alone. */
export const labelLossOf = (task: TaskName | undefined): ResolvedLoss =>
  ({ type: taskOf(task).labelLoss, weight: 1 }) as ResolvedLoss;

/** Whether a term has weight 0 in every step. */
const isSilent = (weight: LossWeight): boolean =>
  typeof weight === "number" ? weight === 0 : weight.from === 0 && weight.to === 0;
