import type { ResolvedNormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples, sizeOf } from "../../data/samples.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import { type Measured, measureLogits } from "../distill/metrics.ts";
import type { Executor } from "../program.ts";
import { allOutputs } from "./targets.ts";

export const evaluationBatch = 256;

export interface EvaluationSet {
  readonly samples: Samples;
  readonly normalize: ResolvedNormalize;
  /** The teacher's logits of the same samples, for agreement. */
  readonly teacher?: TeacherOutputs | undefined;
}

/** Logits of every sample, [count, classes], by the entry `evaluate@B`; the last batch is filled up and cut. */
export async function predict(
  executor: Executor,
  { samples, normalize }: EvaluationSet,
  classes: number,
): Promise<Float32Array> {
  const logits = new Float32Array(samples.count * classes);
  const input = new Float32Array(evaluationBatch * sizeOf(samples.shape));
  for (let start = 0; start < samples.count; start += evaluationBatch) {
    const rows = Int32Array.from(
      { length: Math.min(evaluationBatch, samples.count - start) },
      (_, i) => start + i,
    );
    fillBatch(samples, rows, normalize, input);
    const out = (await executor.run(`evaluate@${evaluationBatch}`, { x: input }))["logits"] as Float32Array;
    logits.set(out.subarray(0, rows.length * classes), start * classes);
  }
  return logits;
}

/** Metrics of logits over a whole set. */
export function measure(
  logits: Float32Array,
  { samples, teacher }: Pick<EvaluationSet, "samples" | "teacher">,
): Measured {
  const classes = logits.length / samples.count;
  return measureLogits({
    logits,
    labels: samples.labels,
    classes,
    ...(teacher === undefined ? {} : { teacher: allOutputs(teacher) }),
  });
}
