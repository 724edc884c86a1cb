import type {
  ResolvedAugmentation,
  ResolvedData,
  ResolvedExperiment,
  ResolvedLoss,
  ResolvedOptimizer,
  ResolvedSchedule,
  ResolvedTraining,
} from "../../../schemas/resolvedExperiment.gen.ts";
import type { Phase, StageEnd, Subject } from "../../../schemas/run-event.gen.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import type { Samples } from "../../data/samples.ts";
import type { Standard } from "../../data/standard.ts";
import { type EpochOptions, type Mixture, trainingLength } from "../../epochSize.ts";
import type { WeightPatterns } from "../../nets/weightPatterns.ts";
import type { Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";
import type { Best } from "./context.ts";
import type { EvaluationSet } from "./evaluation.ts";
import type { TeacherTargets } from "./targets.ts";

/**
 * A stage of the training of a network: the student, the baseline, or a teacher that the same file describes. The stages of one
 * network differ in losses, trained weights, optimizer, schedule and length.
 */
export interface Fit {
  /** Absent where the training has no stages, and this is all of it. */
  readonly stage?: string;
  readonly subject: Subject;
  readonly phase: Phase;
  readonly net: Net;
  /** Weights to start from in place of fresh ones: all, or some. */
  readonly start?: NamedData | undefined;
  readonly train: Samples;
  readonly validation?: EvaluationSet | undefined;
  /** Absent where no loss compares with a teacher. */
  readonly targets?: TeacherTargets | undefined;
  readonly normalize: ResolvedNormalize;
  /** Of a regression whose losses compare standardised numbers. */
  readonly standard?: Standard | undefined;
  readonly augment: readonly ResolvedAugmentation[];
  /** How many fixed views of a sample augmentation gives; absent: a new one in each epoch. */
  readonly views?: number | undefined;
  readonly batchSize: number;
  /** Absent: all samples, each once an epoch. */
  readonly sampler?: ResolvedData["sampler"] | undefined;
  readonly shuffle: boolean;
  readonly dropRemainder: boolean;
  /** Absent: batches draw from all samples. */
  readonly mixture?: Mixture | undefined;
  readonly losses: readonly ResolvedLoss[];
  /** The weights of the losses are divided by their sum, in each step. */
  readonly sharedWeights?: boolean;
  readonly optimizer: ResolvedOptimizer;
  /** Learning rates and weight decays of some weights. */
  readonly weightPatterns?: WeightPatterns;
  readonly schedule: ResolvedSchedule;
  /** Steps per epoch for the schedule. Absent: those of `train`. */
  readonly scheduleEpoch?: number;
  readonly training: Omit<ResolvedTraining, "precision"> & Partial<Pick<ResolvedTraining, "precision">>;
  readonly seed: number;
  /** Identifies the fit; a checkpoint of another course is not resumed. Absent: any checkpoint fits. */
  readonly course?: string;
}

/** The result. */
export interface Fitted {
  /** The best by validation; the last where there is no validation. */
  readonly weights: NamedData;
  readonly steps: number;
  readonly epochs: number;
  readonly best?: Best | undefined;
  /** Share of its steps' time in which they waited for samples on disk. */
  readonly waitingForData?: number | undefined;
  /** The engine of its last stage, where measuring chose another than the run's. */
  readonly engine?: string | undefined;
  /** Results of its stages; absent where it has none. */
  readonly stages?: readonly StageEnd[] | undefined;
}

/** Settings of how long a network trains. */
export interface Budgeted extends Pick<Fit, "batchSize" | "dropRemainder" | "mixture"> {
  readonly train: Pick<Samples, "count">;
  readonly training: Pick<Fit["training"], "steps" | "epochs" | "evaluateEvery" | "accumulate">;
}

/** Steps in all and in an epoch. */
export function budget(it: Budgeted): { totalSteps: number; stepsPerEpoch: number } {
  return trainingLength(epochOf(it), it.training);
}

/** The same of all stages of a network's training. */
export function wholeBudget(stages: readonly Budgeted[]): { totalSteps: number; stepsPerEpoch: number } {
  const each = stages.map(budget);
  return {
    totalSteps: each.reduce((sum, { totalSteps }) => sum + totalSteps, 0),
    stepsPerEpoch: each[0]?.stepsPerEpoch ?? 0,
  };
}

/** The student's training in each stage; one where the experiment names none. */
export function trainingsOf({
  training,
  stages,
}: Pick<ResolvedExperiment, "training" | "stages">): readonly ResolvedExperiment["training"][] {
  if (stages === undefined) return [training];
  const { steps: _steps, epochs: _epochs, ...whole } = training;
  return stages.map((stage) => ({ ...whole, ...stage.training }));
}

/** What the length of an epoch follows from. */
export const epochOf = ({ batchSize, dropRemainder, mixture, train, training }: Budgeted): EpochOptions => ({
  count: train.count,
  batchSize,
  dropRemainder,
  mixture,
  accumulate: training.accumulate,
});

/** Samples of a step that is whole. */
export const stepSamples = ({ batchSize, training }: Pick<Budgeted, "batchSize" | "training">): number =>
  batchSize * (training.accumulate ?? 1);

/** Its name in events: the student has none. */
export const subjectOf = (subject: Subject): { subject?: Subject } =>
  subject === "student" ? {} : { subject };
