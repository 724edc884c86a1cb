import type { Tensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../../nets/layers/layer.ts";
import type { Parameters, ValuesOf } from "../../../parameters/parameter.ts";
import type { Schema } from "../../../parameters/schema.ts";
import type { TaskName } from "../../../tasks/tasks.ts";
import type { NetOutputs, Parameter } from "../../nets/net.ts";
import type { Tensors } from "../../program.ts";

/** Label of each sample: a class, or what each output should be: weights of classes, labels that are there or not, numbers. */
export type Labels =
  | {
      readonly classes: Tensor; // int32 [batch], any class where a sample has no label
      /** [batch], 1 where a sample has a label, else 0; absent: each has one. */
      readonly labelled?: Tensor | undefined;
      readonly weights?: never;
    }
  | {
      readonly weights: Tensor; // [batch, outputs]; of classes, rows sum to 1
      readonly classes?: never;
      readonly labelled?: Tensor | undefined;
    };

/** Of a loss that is for labels that are rows. */
export function targetsOf({ weights }: Labels): Tensor {
  if (!weights) throw new Error("a loss of rows of numbers was given classes");
  return weights;
}

/** Outputs of the teacher, constants: no gradient flows into them. */
export interface TeacherOutputs {
  readonly logits: Tensor; // [batch, classes]
  /** Layer outputs by name, for losses on features; absent where only logits are known. */
  readonly taps?: Tensors;
}

/** Where the samples that a loss compares each one with come from: those of other classes, or all others. */
type NegativesFrom = "otherClasses" | "otherSamples";

/** Other training samples that a loss compares each one with. */
export interface NegativeSampling {
  /** Number for each sample, drawn in every step, with replacement. */
  readonly negatives: number;
  readonly negativesFrom: NegativesFrom;
}

/** Which samples a batch and its negatives are, by their numbers in the training data. */
export interface SampledRows {
  readonly rows: Tensor; // int32 [batch]
  readonly negatives: Tensor; // int32 [batch, negatives]
}

/** Inputs of a loss. */
export interface LossInputs {
  readonly student: Pick<NetOutputs, "logits" | "taps">;
  readonly teacher?: TeacherOutputs;
  readonly labels: Labels;
  /** Its own weights, by their names. */
  readonly own: Tensors;
  /** For a loss with {@link NegativeSampling}. */
  readonly sampled?: SampledRows | undefined;
  /** For a loss with `schedules`: scalars, by parameter. */
  readonly scheduled?: Tensors;
}

/** Weights of a loss: trained with the student and kept in checkpoints, but not saved with the student. */
export interface OwnWeights {
  /** Named TERM/LAYER.WEIGHT, which no layer of a net is. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly initial: (seed: number) => Record<string, Float32Array>;
}

export interface LossValue {
  /** The unweighted loss of a batch, a scalar. */
  readonly value: Tensor;
  /** New values of its moving averages, which are not trained. */
  readonly averages?: Tensors;
}

/** A loss with its parameters filled in. */
export interface Loss {
  /** Whether it compares with the teacher. */
  readonly needsTeacher: boolean;
  /** Layers of the teacher whose outputs it reads; absent: none. */
  readonly teacherTaps?: readonly string[];
  /** Other samples that it compares each one with; absent: none. */
  readonly negativeSampling?: NegativeSampling;
  readonly own?: OwnWeights;
  /** Whether its mean is over the samples with a label, and how much one of each class counts in it; absent: all samples alike. */
  readonly meanOver?: { readonly classWeights?: readonly number[] | undefined };
  /** Values of the parameters that change from step to step, 0 for the first, by name. */
  readonly schedules?: Readonly<Record<string, (step: number) => number>>;
  readonly value: (inputs: LossInputs) => LossValue;
}

/** Context of a loss. */
export interface LossContext {
  /** Name of the term. */
  readonly term: string;
  /** Of one sample, by layer. */
  readonly shapes: {
    readonly student: Readonly<Record<string, Shape>>;
    readonly teacher: Readonly<Record<string, Shape>>;
  };
  /** How many samples are trained on. */
  readonly samples: number;
  /** Classification when absent. */
  readonly task?: TaskName | undefined;
}

/** Documentation of a loss. */
export interface LossTexts {
  readonly description: string;
  /** Shown beside its name in completion. */
  readonly hint?: string;
  readonly formula: string;
  readonly paper?: string;
  /** Those that it is for; absent: a loss on logits is for classification, one on layers for all. */
  readonly tasks?: readonly TaskName[];
  /** Default weight; absent: 1. */
  readonly weight?: number;
}

/** Facts that follow from a loss's inputs (`logitLoss.ts`, `layerLoss.ts`). */
export type LossFacts = Pick<Schema, "seesTeacher" | "needsLabels" | "seesLayers" | "compares" | "tasks">;

/** A loss as the experiment file knows it. */
export interface LossType<P extends Parameters = Parameters> extends LossTexts {
  readonly parameters: P;
  readonly facts: LossFacts;
  readonly build: (values: ValuesOf<P>, context: LossContext) => Loss;
}
