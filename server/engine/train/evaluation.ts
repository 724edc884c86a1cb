import type { ResolvedNormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples, targetsAt } from "../../data/samples.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { Answers, Measured } from "../../tasks/task.ts";
import { taskOf } from "../../tasks/tasks.ts";
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

/** Metrics, and what is kept of each sample: of a classification the predicted class and its probability. */
export interface Answered extends Measured {
  readonly answers: Answers;
  /** Of a classification, [count]. */
  readonly confidence?: Float32Array;
  /** Of another task, [count, outputs]. */
  readonly outputs?: Float32Array;
}

/** Metrics over a whole set, by the entry `evaluate@B` of this batch; no more than one batch is held at a time. */
export async function evaluate(
  executor: Executor,
  { samples, normalize, teacher }: EvaluationSet,
  { classes, batch }: { readonly classes: number; readonly batch: number },
): Promise<Answered> {
  const metrics = accumulatorFor(samples, classes);
  const answers = new Kept(samples);
  const input = new Float32Array(batch * sizeOf(samples.shape));
  for (const rows of inBatches(samples.count, batch)) {
    fillBatch(samples, rows, normalize, input); // a short batch is padded with old values, and cut
    const { logits } = await executor.run(`evaluate@${batch}`, { x: input });
    const own = (logits as Float32Array).subarray(0, rows.length * classes);
    const given = metrics.add({
      logits: own,
      ...labelsAt(samples, rows),
      ...(teacher === undefined ? {} : { teacher: logitsAt(teacher, rows) }),
    });
    answers.add(given, own, rows);
  }
  return { ...metrics.result(), ...answers.kept() };
}

/** Metrics of a teacher's outputs for these samples. */
export function evaluateTeacher(outputs: TeacherOutputs, samples: Samples): Answered {
  const metrics = accumulatorFor(samples, outputs.classes);
  const answers = new Kept(samples);
  for (const rows of inBatches(samples.count)) {
    const logits = logitsAt(outputs, rows);
    answers.add(metrics.add({ logits, ...labelsAt(samples, rows) }), logits, rows);
  }
  return { ...metrics.result(), ...answers.kept() };
}

/** The row numbers of `count` samples, in order, a batch at a time. */
export function* inBatches(count: number, batch = largestBatch): Generator<Int32Array> {
  for (let start = 0; start < count; start += batch)
    yield Int32Array.from({ length: Math.min(batch, count - start) }, (_, i) => start + i);
}

/** As in an event. */
export const reportedMeasures = ({
  metrics,
  confusion,
}: { [K in keyof Measured]: Measured[K] | undefined }) => ({
  metrics: { ...metrics },
  ...(confusion ? { confusion } : {}),
});

/** Collects what the task measures of these samples. */
export const accumulatorFor = ({ task, threshold }: Samples, outputs: number) =>
  taskOf(task).accumulator(outputs, { threshold });

/** What is kept of each sample, one batch after the other. */
export class Kept {
  readonly #answers: Answers;
  readonly #confidence: Float32Array | undefined;
  readonly #outputs: Float32Array | undefined;
  readonly #each: number;

  constructor({ task = "classification", count, classes }: Samples) {
    this.#each = taskOf(task).answers;
    const length = count * this.#each;
    const isOfClasses = task === "classification";
    this.#answers = isOfClasses ? new Int32Array(length) : new Float32Array(length);
    this.#confidence = isOfClasses ? new Float32Array(count) : undefined;
    this.#outputs = isOfClasses ? undefined : new Float32Array(count * classes);
  }

  add(given: Answers, logits: Float32Array, rows: Int32Array): void {
    const [first = 0] = rows;
    this.#answers.set(given, first * this.#each);
    this.#outputs?.set(logits, first * (logits.length / rows.length));
    if (this.#confidence === undefined) return;
    const classes = logits.length / rows.length;
    for (let i = 0; i < rows.length; i++)
      this.#confidence[first + i] = confidenceIn(logits.subarray(i * classes, (i + 1) * classes));
  }

  kept(): Pick<Answered, "answers" | "confidence" | "outputs"> {
    return {
      answers: this.#answers,
      ...(this.#confidence ? { confidence: this.#confidence } : {}),
      ...(this.#outputs ? { outputs: this.#outputs } : {}),
    };
  }
}

/** The largest probability: 1 / Σ exp(z − max z). */
function confidenceIn(logits: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return 1 / sum;
}

/** Labels of the samples at `rows`. Where classes are told by probabilities, metrics take the likeliest. */
export function labelsAt(samples: Samples, rows: Int32Array) {
  const { task, labels, targets, classes } = samples;
  return {
    labels: rows.map((row) => labels[row] as number),
    ...(task !== undefined && targets ? { targets: targetsAt({ targets, classes }, rows) } : {}),
  };
}

function logitsAt(outputs: TeacherOutputs, rows: Int32Array): Float32Array {
  const logits = new Float32Array(rows.length * outputs.classes);
  outputs.gather(rows, logits);
  return logits;
}
