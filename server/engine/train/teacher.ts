import type { Learned } from "../../data/descriptions/description.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import type { Problem } from "../../problem.ts";
import { leastProbability } from "../distill/program.ts";
import type { Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";

/** A teacher's outputs for some samples. */
export interface Sight {
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

/** A frozen network in inference mode. Training cannot reach its weights. */
export interface Teacher {
  readonly classes: number;
  /** Trainable and fixed weights together; absent where the file does not tell. */
  readonly parameters?: number;
  readonly learned?: Learned;
  /** Hash of everything that its outputs depend on besides the samples: weights, graph, how its output is read. */
  readonly hash: string;
  /** Its own preprocessing of the raw sample, in place of `data.normalize`. */
  readonly normalize?: ResolvedNormalize;
  /** In the order of its outputs, where its model says. */
  readonly classNames?: readonly string[];
  /** How its outputs are read, in a sentence, where that was detected. */
  readonly reading?: string;
  /** Warnings about detected settings that may be wrong. */
  readonly warnings: readonly Problem[];
  /** Output shapes of the layers that it was opened for, of one sample, channels last. */
  readonly features: Readonly<Record<string, Shape>>;
  /** Absent where it is not made of our layers. */
  readonly inStep?: TeacherNet;
  /**
   * @param samples preprocessed samples, [count, ...sample], channels last
   * @returns logits [count, classes]
   */
  logits(samples: Float32Array, count: number): Promise<Float32Array>;
  /** The logits as {@link logits} gives them, and all of its {@link features}. */
  look(samples: Float32Array, count: number): Promise<Sight>;
  /** @throws when its weights have changed since it was opened */
  assertUntouched(): Promise<void>;
  dispose(): Promise<void>;
}

/** log p are logits again: softmax(log p) = p. */
export const logitsOf = (probabilities: Float32Array): Float32Array =>
  probabilities.map((p) => Math.log(Math.max(p, leastProbability)));
