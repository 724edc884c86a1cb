import type { ResolvedExperiment, ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import type { LossWeight } from "../distill/losses/arguments.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { Fit } from "./fitConfig.ts";

/**
 * What the student alone is trained with, so that it differs from the student in the teacher and in nothing else: the
 * losses that need no teacher. Their weights are divided by their sum in each step, for what the teacher's terms weighed
 * would else be a lower learning rate of the student alone. Where a schedule brings that sum to 0 they weigh the same.
 * Without such a loss it is cross-entropy with the labels. Losses that the file names for it are taken as they stand.
 */
export function aloneLosses({
  losses,
  baselines: { studentAlone },
}: Pick<ResolvedExperiment, "losses" | "baselines">): Pick<Fit, "losses" | "sharedWeights"> {
  if (typeof studentAlone === "object") return { losses: studentAlone.losses };
  const left = losses.filter((loss) => !needsTeacher(loss) && !isSilent(loss.weight));
  return left.length > 0 ? { losses: left, sharedWeights: true } : { losses: [crossEntropy] };
}

const crossEntropy: ResolvedLoss = { type: "ce", weight: 1 };

/** Whether a term counts in no step. */
const isSilent = (weight: LossWeight): boolean =>
  typeof weight === "number" ? weight === 0 : weight.from === 0 && weight.to === 0;
