import type {
  ResolvedAugmentation,
  ResolvedLoss,
  ResolvedOptimizer,
  ResolvedSchedule,
  ResolvedTraining,
} from "../../../schemas/resolvedExperiment.gen.ts";
import type { Phase, Subject } from "../../../schemas/run-event.gen.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import type { Samples } from "../../data/samples.ts";
import { type Mixture, trainingLength } from "../../epochSize.ts";
import type { Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";
import type { Best } from "./context.ts";
import type { EvaluationSet } from "./evaluation.ts";
import type { TeacherTargets } from "./targets.ts";

/** One network to be trained: the student, the student alone, or a teacher that the same file describes. */
export interface Fit {
  readonly subject: Subject;
  readonly phase: Phase;
  readonly net: Net;
  /** Weights to start from in place of fresh ones. */
  readonly start?: NamedData | undefined;
  readonly train: Samples;
  readonly validation?: EvaluationSet | undefined;
  /** Absent where no loss compares with a teacher. */
  readonly targets?: TeacherTargets | undefined;
  readonly normalize: ResolvedNormalize;
  readonly augment: readonly ResolvedAugmentation[];
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropRemainder: boolean;
  /** Absent: batches are of all samples alike. */
  readonly mixture?: Mixture | undefined;
  readonly losses: readonly ResolvedLoss[];
  /** The weights of the losses are divided by their sum, in each step. */
  readonly sharedWeights?: boolean;
  readonly optimizer: ResolvedOptimizer;
  readonly schedule: ResolvedSchedule;
  /** Steps that the schedule counts as an epoch. Absent: those of an epoch of `train`. */
  readonly scheduleEpoch?: number;
  readonly training: Omit<ResolvedTraining, "precision"> & Partial<Pick<ResolvedTraining, "precision">>;
  readonly seed: number;
  /** Names what is learned; a checkpoint of another course is not gone on from. Absent: one way or another it is this one. */
  readonly course?: string;
}

/** What came of it. */
export interface Fitted {
  /** The best by validation; the last where there is no validation. */
  readonly weights: NamedData;
  readonly steps: number;
  readonly epochs: number;
  readonly best?: Best | undefined;
}

/** What says how long a network trains. */
export interface Budgeted extends Pick<Fit, "batchSize" | "dropRemainder" | "mixture"> {
  readonly train: Pick<Samples, "count">;
  readonly training: Pick<Fit["training"], "steps" | "epochs" | "evaluateEvery">;
}

/** Steps in all and in an epoch. */
export function budget(it: Budgeted): { totalSteps: number; stepsPerEpoch: number } {
  return trainingLength({ ...it, count: it.train.count }, it.training);
}

/** As events name it: the student is not named. */
export const subjectOf = (subject: Subject): { subject?: Subject } =>
  subject === "student" ? {} : { subject };
