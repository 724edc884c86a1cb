import type { ResolvedData, ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { noLabel } from "../../data/labels.ts";
import type { Samples } from "../../data/samples.ts";
import { balancedTask, balancedTwice, balancedUnlabelled, weighsTwice } from "../../nets/balanced.ts";
import { type Problem, problem } from "../../problem.ts";

/** What keeps an epoch from having as many samples of each class, if anything does. */
export function samplerProblem(
  { sampler, unlabelled }: Pick<ResolvedData, "sampler" | "unlabelled">,
  { task, labels }: Pick<Samples, "task" | "labels">,
): { readonly problem: Problem } | undefined {
  if (sampler !== "balanced") return undefined;
  if (task !== undefined) return problem("sampler-balanced", balancedTask(task));
  return labels.includes(noLabel) && unlabelled?.share === undefined
    ? problem("sampler-balanced", balancedUnlabelled)
    : undefined;
}

/** Losses that weigh the classes which the sampler has balanced. */
export function samplerWarning(
  { sampler }: Pick<ResolvedData, "sampler">,
  losses: readonly ResolvedLoss[],
): Problem | undefined {
  const areWeighed = losses.some((loss) => loss.type === "ce" && weighsTwice(loss.classWeights));
  return sampler === "balanced" && areWeighed
    ? { code: "balanced-twice", message: balancedTwice }
    : undefined;
}
