import type { ResolvedNormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples, sizeOf } from "../../data/samples.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import { type Measured, metricsAccumulator } from "../../tasks/classificationMetrics.ts";
import type { Executor } from "../program.ts";

const largestBatch = 256;

/**
 * Batch size of an evaluation: it keeps a few tensors where a step keeps those of every layer, so four times the samples take
 * no more memory.
 */
export const evaluationBatch = (trainingBatch = largestBatch): number =>
  Math.min(largestBatch, 4 * trainingBatch);

export interface EvaluationSet {
  readonly samples: Samples;
  readonly normalize: ResolvedNormalize;
  /** The teacher's logits of the same samples, for agreement. */
  readonly teacher?: TeacherOutputs | undefined;
}

/** Metrics, and the predicted class of each sample. */
export interface Answered extends Measured {
  readonly answers: Int32Array; // [count]
}

/** Metrics over a whole set, by the entry `evaluate@B` of this batch; no more than one batch is held at a time. */
export async function evaluate(
  executor: Executor,
  { samples, normalize, teacher }: EvaluationSet,
  { classes, batch }: { readonly classes: number; readonly batch: number },
): Promise<Answered> {
  const metrics = metricsAccumulator(classes);
  const answers = new Int32Array(samples.count);
  const input = new Float32Array(batch * sizeOf(samples.shape));
  for (const rows of inBatches(samples.count, batch)) {
    fillBatch(samples, rows, normalize, input); // a short batch is padded with old values, and cut
    const { logits } = await executor.run(`evaluate@${batch}`, { x: input });
    const given = metrics.add({
      logits: (logits as Float32Array).subarray(0, rows.length * classes),
      labels: labelsAt(samples, rows),
      ...(teacher === undefined ? {} : { teacher: logitsAt(teacher, rows) }),
    });
    answers.set(given, rows[0]);
  }
  return { ...metrics.result(), answers };
}

/** Metrics of a teacher's outputs for these samples. */
export function evaluateTeacher(outputs: TeacherOutputs, samples: Samples): Answered {
  const metrics = metricsAccumulator(outputs.classes);
  const answers = new Int32Array(samples.count);
  for (const rows of inBatches(samples.count))
    answers.set(metrics.add({ logits: logitsAt(outputs, rows), labels: labelsAt(samples, rows) }), rows[0]);
  return { ...metrics.result(), answers };
}

/** The row numbers of `count` samples, in order, a batch at a time. */
export function* inBatches(count: number, batch = largestBatch): Generator<Int32Array> {
  for (let start = 0; start < count; start += batch)
    yield Int32Array.from({ length: Math.min(batch, count - start) }, (_, i) => start + i);
}

const labelsAt = ({ labels }: Samples, rows: Int32Array) => rows.map((row) => labels[row] as number);

function logitsAt(outputs: TeacherOutputs, rows: Int32Array): Float32Array {
  const logits = new Float32Array(rows.length * outputs.classes);
  outputs.gather(rows, logits);
  return logits;
}
