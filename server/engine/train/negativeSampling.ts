import type { ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { noLabel } from "../../data/labels.ts";
import { negativesOf } from "../../data/negatives.ts";
import type { Samples } from "../../data/samples.ts";
import { grouped } from "../../grouped.ts";
import { type Problem, problem } from "../../problem.ts";

type Sampling = Extract<ResolvedLoss, { negatives: number }>;

/** The losses that compare each sample with others. */
export const sampling = (losses: readonly ResolvedLoss[]): readonly Sampling[] =>
  losses.filter((loss): loss is Sampling => "negatives" in loss);

/** Why a loss cannot compare samples with others, if it cannot. */
export function negativesProblem(
  losses: readonly ResolvedLoss[],
  { labels }: Pick<Samples, "labels">,
): { readonly problem: Problem } | undefined {
  const loss = sampling(losses).find(
    ({ negativesFrom }) =>
      (negativesFrom === "otherClasses" && labels.includes(noLabel)) || !negativesOf(labels, negativesFrom),
  );
  if (loss === undefined) return undefined;
  if (loss.negativesFrom === "otherClasses" && labels.includes(noLabel))
    return problem(
      "no-negatives",
      `The loss ${loss.type} compares each sample with samples of other classes, and some training samples have no label.`,
      'Set its "negativesFrom" to "otherSamples".',
    );
  if (labels.length < 2)
    return problem(
      "no-negatives",
      `The loss ${loss.type} compares samples with others, and there is only one.`,
    );
  return problem(
    "no-negatives",
    `The loss ${loss.type} compares each sample with samples of other classes, and all training samples are of one class.`,
    'Set its "negativesFrom" to "otherSamples".',
  );
}

/** Size of the losses' memory banks, for the log; undefined where there is no such loss. */
export function remembered(
  losses: readonly ResolvedLoss[],
  { count }: Pick<Samples, "count">,
): string | undefined {
  const [loss] = sampling(losses);
  if (!loss) return undefined;
  const numbers = sampling(losses).reduce((sum, { dimension }) => sum + 2 * count * dimension, 0);
  const megabytes = grouped(Math.max(1, (numbers * 4) / 1e6));
  return `\`${loss.type}\` stores two embeddings of each of ${grouped(count)} samples: ${megabytes} MB, in memory and in each checkpoint.`;
}
