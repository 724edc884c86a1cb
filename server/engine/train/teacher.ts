import type { ResolvedNormalize } from "../../data/normalize.ts";

/** A frozen network in inference mode. Nothing that trains can reach its weights. */
export interface Teacher {
  readonly classes: number;
  /** Trainable and fixed weights together; absent where the file does not tell. */
  readonly parameters?: number;
  /** Hash of everything that its outputs depend on besides the samples: weights, graph, how its output is read. */
  readonly hash: string;
  /** Its own preprocessing of the raw sample, in place of `data.normalize`. */
  readonly normalize?: ResolvedNormalize;
  /**
   * @param samples preprocessed samples, [count, ...sample], channels last
   * @returns logits [count, classes]
   */
  logits(samples: Float32Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}
