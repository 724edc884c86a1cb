import type { ResolvedNormalize } from "../../data/normalize.ts";
import type { Problem } from "./problem.ts";

/** A frozen network in inference mode. Nothing that trains can reach its weights. */
export interface Teacher {
  readonly classes: number;
  /** Trainable and fixed weights together; absent where the file does not tell. */
  readonly parameters?: number;
  /** Hash of everything that its outputs depend on besides the samples: weights, graph, how its output is read. */
  readonly hash: string;
  /** Its own preprocessing of the raw sample, in place of `data.normalize`. */
  readonly normalize?: ResolvedNormalize;
  /** What was found out rather than said, and may be wrong. */
  readonly warnings: readonly Problem[];
  /**
   * @param samples preprocessed samples, [count, ...sample], channels last
   * @returns logits [count, classes]
   */
  logits(samples: Float32Array, count: number): Promise<Float32Array>;
  /** @throws when what it knows is no longer what it knew when it was opened */
  assertUntouched(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * log p are logits again: softmax(log p) = p. The floor keeps a probability of 0 finite, above float32's smallest
 * normal number.
 */
export const logitsOf = (probabilities: Float32Array): Float32Array =>
  probabilities.map((p) => Math.log(Math.max(p, 1e-30)));
