import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { SampleCounts } from "../../../schemas/run-event.gen.ts";
import { firstThat } from "../../data/augmentations/augmentations.ts";
import { noLabel } from "../../data/labels.ts";
import { rowsByLabel, type Samples } from "../../data/samples.ts";
import { grouped } from "../../grouped.ts";
import { type Problem, problem } from "../../problem.ts";
import { needsLabels } from "../distill/losses/losses.ts";
import { budget, type Fit, stepSamples } from "./fitConfig.ts";
import { sampling } from "./negativeSampling.ts";
import type { PreparedData } from "./prepare.ts";

/** What keeps samples without labels from being learned from, if anything does. */
export function unlabelledProblem(
  { losses, data: { augment, unlabelled: source, batchSize } }: Pick<ResolvedExperiment, "losses" | "data">,
  { unlabelled }: Pick<PreparedData, "unlabelled">,
): { readonly problem: Problem } | undefined {
  if (unlabelled === undefined) return undefined;
  const count = `${grouped(unlabelled.count)} training sample${unlabelled.count === 1 ? "" : "s"}`;
  if (losses.every(needsLabels))
    return problem(
      "unlabelled-unused",
      `${count} without labels, and every loss is of the labels.`,
      "Add a loss that compares with the teacher, such as kd, or leave these samples out.",
    );
  const blending = firstThat(augment, "blendsLabels");
  if (blending !== undefined)
    return problem(
      "unlabelled-mixup",
      `${blending} blends the labels of two samples, and ${count} have none.`,
      `Leave ${blending} out of data.augment.`,
    );
  const share = source?.share;
  if (share === undefined) return undefined;
  const inBatch = Math.round(share * batchSize);
  if (inBatch === 0 || inBatch === batchSize)
    return problem(
      "unlabelled-share",
      `A share of ${share} of a batch of ${batchSize} gives no sample ${inBatch === 0 ? "without" : "with"} a label.`,
      "Use another share, or a larger data.batchSize.",
    );
  const [drawing] = sampling(losses);
  if (drawing)
    return problem(
      "unlabelled-share",
      `${drawing.type} takes each sample at most once in a batch, and with data.unlabelled.share one may be in it twice.`,
      "Leave share out.",
    );
  return undefined;
}

/** How batches are made of samples with labels and without, where the experiment says a share. */
export function mixtureOf(
  { data: { unlabelled: source, batchSize } }: Pick<ResolvedExperiment, "data">,
  { train, pool }: Pick<PreparedData, "train" | "pool">,
): Pick<Fit, "mixture"> {
  if (pool === undefined || source?.share === undefined) return {};
  return { mixture: { labelled: train.count, unlabelledInBatch: Math.round(source.share * batchSize) } };
}

/**
 * What the student alone learns from where some samples have no label: those that have one, in as many steps and with as many
 * looks at the validation samples as the student, and the same learning rates. Its epochs are shorter, so it sees each of them
 * more often.
 */
export function labelledAlone(
  recipe: Pick<Fit, "train" | "batchSize" | "dropRemainder" | "mixture" | "training">,
  labelled: Samples,
): Partial<Pick<Fit, "train" | "dropRemainder" | "mixture" | "training" | "scheduleEpoch">> {
  if (!recipe.train.labels.includes(noLabel)) return {};
  const { totalSteps: steps, stepsPerEpoch } = budget(recipe);
  const { epochs: _, ...training } = recipe.training;
  return {
    train: labelled,
    mixture: undefined,
    // Fewer than fill a batch are the only one of their epoch.
    dropRemainder: recipe.dropRemainder && labelled.count >= stepSamples(recipe),
    training: { ...training, steps, evaluateEvery: training.evaluateEvery ?? stepsPerEpoch },
    scheduleEpoch: stepsPerEpoch,
  };
}

/** For the log; nothing where each sample has a label. */
export function sampleCounts(train: Samples): { readonly samples?: SampleCounts } {
  const { labelled, unlabelled } = rowsByLabel(train);
  if (unlabelled.length === 0) return {};
  return { samples: { labelled: labelled.length, unlabelled: unlabelled.length } };
}
