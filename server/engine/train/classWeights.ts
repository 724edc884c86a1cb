import type { ResolvedExperiment, ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { noLabel } from "../../data/labels.ts";
import { type Problem, problem } from "../../problem.ts";

/**
 * The experiment with numbers in place of `balanced` class weights: n / (K · n_c) for a class of n_c samples of n that have a label, K the
 * classes that have any (King and Zeng, 2001; `class_weight="balanced"` of scikit-learn). A class without samples weighs 0.
 * @param labels of the training samples
 * @param outputs of the student
 */
export function withClassWeights(
  experiment: ResolvedExperiment,
  labels: ArrayLike<number>,
  outputs: number,
): ResolvedExperiment {
  const weighed = <L extends ResolvedLoss>(losses: readonly L[]): L[] =>
    losses.map((loss) =>
      loss.type === "ce" && loss.classWeights === "balanced"
        ? { ...loss, classWeights: balancedWeights(labels, outputs) }
        : loss,
    );
  const { losses, stages, baselines } = experiment;
  const { studentAlone } = baselines;
  return {
    ...experiment,
    losses: weighed(losses),
    ...(stages && { stages: stages.map((stage) => ({ ...stage, losses: weighed(stage.losses) })) }),
    ...(typeof studentAlone === "object" && {
      baselines: { ...baselines, studentAlone: { ...studentAlone, losses: weighed(studentAlone.losses) } },
    }),
  };
}

function balancedWeights(labels: ArrayLike<number>, outputs: number): number[] {
  const counts = Array.from({ length: outputs }, () => 0);
  for (const label of Array.from(labels)) if (label !== noLabel) counts[label] = (counts[label] ?? 0) + 1;
  const labelled = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : labelled / (present * count)));
}

/** Checks that there is one class weight for each of the student's logits. */
export function classWeightsProblem(
  losses: readonly ResolvedLoss[],
  classes: number,
): { readonly problem: Problem } | undefined {
  for (const loss of losses) {
    const weights = loss.type === "ce" ? loss.classWeights : undefined;
    const count = Array.isArray(weights) ? weights.length : undefined;
    if (count !== undefined && count !== classes)
      return problem(
        "class-weights",
        `The loss ${loss.type} has ${count} class weights, but there are ${classes} classes.`,
        "Give one number per class.",
      );
  }
  return undefined;
}
