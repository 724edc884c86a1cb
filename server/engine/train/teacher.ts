import type { ResolvedNormalize } from "../../data/normalize.ts";
import type { Samples } from "../../data/samples.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import type { View } from "../../data/views.ts";
import type { LearnedFacts } from "../../fileHeaders.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import type { Problem } from "../../problem.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import { leastProbability } from "../distill/leastProbability.ts";
import type { Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";
import type { TrainContext } from "./context.ts";

/** A teacher's outputs for some samples. */
export interface ForwardOutputs {
  readonly logits: Float32Array; // [count, classes]
  /** By layer, [count, ...feature], channels last. */
  readonly features: Readonly<Record<string, Float32Array>>;
}

/** A teacher made of layers, as a part of a step's graph. */
export interface TeacherNet {
  readonly net: Net;
  readonly weights: NamedData;
  readonly outputs: "logits" | "probabilities";
}

export interface OutputsOptions {
  /** Absent: they are held in memory, and not kept. */
  readonly cacheDirectory?: string;
  /** The student's preprocessing, which the teacher shares unless it has its own. */
  readonly normalize: ResolvedNormalize;
  /** Absent: the samples as they are. */
  readonly view?: View | undefined;
  readonly onProgress: (done: number) => void;
  readonly stopRequested: () => boolean;
  readonly exclusively?: TrainContext["exclusively"];
  readonly report: TrainContext["report"];
  /** Samples in a batch of the teacher. */
  readonly batch: number;
}

/** Source of a teacher's outputs for samples without augmentation, in place of a network that runs batch by batch. */
export interface OutputSource {
  /** Whether it has outputs for these samples. */
  readonly knows: (samples: Samples) => boolean;
  /** Undefined when stopped. */
  readonly outputs: (
    samples: Samples,
    options: OutputsOptions,
  ) => Promise<TeacherOutputs | { readonly problem: Problem } | undefined>;
}

/** A member of an ensemble. */
export interface TeacherMember {
  /** Its number and kind, in words. */
  readonly name: string;
  readonly teacher: Teacher;
}

/** A frozen network in inference mode. Training cannot reach its weights. */
export interface Teacher {
  readonly classes: number;
  /** Trainable and fixed weights together; absent where the file does not tell. */
  readonly parameters?: number;
  readonly learned?: LearnedFacts;
  /** Hash of everything that its outputs depend on besides the samples: weights, graph, how its output is read. */
  readonly hash: string;
  /** Its own preprocessing of the raw sample, in place of `data.normalize`. */
  readonly normalize?: ResolvedNormalize;
  /** In the order of its outputs, where its model says. */
  readonly classNames?: readonly string[];
  /** Of a sample, [height, width, channels], where it takes images at another size than the student's. */
  readonly ownShape?: Shape;
  /** How its outputs are read, in a sentence, where that was detected. */
  readonly reading?: string;
  /** Warnings about detected settings that may be wrong. */
  readonly warnings: readonly Problem[];
  /** Output shapes of the layers that it was opened for, of one sample, channels last. */
  readonly features: Readonly<Record<string, Shape>>;
  /** Absent where it is not made of our layers. */
  readonly inStep?: TeacherNet;
  /** The samples that it was trained on, read anew; undefined where they cannot be had any more. Absent: nothing tells. */
  readonly learnedFrom?: () => Promise<Samples | undefined>;
  /** The members of an ensemble. */
  readonly members?: readonly TeacherMember[];
  /** Absent for a teacher that is one network. */
  readonly outputSource?: OutputSource;
  /**
   * @param samples preprocessed samples, [count, ...sample], channels last
   * @param shape of one: the student's, which counts where it is absent, or {@link ownShape}
   * @returns logits [count, classes]
   */
  logits(samples: Float32Array, count: number, shape?: Shape): Promise<Float32Array>;
  /** The logits as {@link logits} gives them, and all of its {@link features}. */
  forward(samples: Float32Array, count: number, shape?: Shape): Promise<ForwardOutputs>;
  /** @throws when its weights have changed since it was opened */
  assertUntouched(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Of probabilities of classes log p are logits again: softmax(log p) = p. Of those of labels, each of which is there or not, it
 * is log p − log(1 − p): the sigmoid of that is p.
 */
export function logitsOf(probabilities: Float32Array, task?: TaskName): Float32Array {
  const log = (p: number) => Math.log(Math.max(p, leastProbability));
  return probabilities.map(task === "multiLabel" ? (p) => log(p) - log(1 - p) : log);
}
