import type { ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { type Problem, problem } from "../../problem.ts";

/** Checks that there is one class weight for each of the student's logits. */
export function classWeightsProblem(
  losses: readonly ResolvedLoss[],
  classes: number,
): { readonly problem: Problem } | undefined {
  for (const loss of losses) {
    const count = loss.type === "ce" ? loss.classWeights?.length : undefined;
    if (count !== undefined && count !== classes)
      return problem(
        "class-weights",
        `The loss ${loss.type} has ${count} class weights, but there are ${classes} classes.`,
        "Give one number per class.",
      );
  }
  return undefined;
}
