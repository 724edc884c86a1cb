import type { ResolvedOnnxTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ColumnOrder } from "../../../nets/columnOrder.ts";
import type { ModelOutput } from "../../../nets/modelCard.ts";
import { type Problem, problem } from "../../../problem.ts";
import type { TaskName } from "../../../tasks/tasks.ts";
import { logitsOf } from "../teacher.ts";

/** Meaning of a model's rows of scores, and how they become logits in the data's order of classes. */
export interface ScoreReading {
  /** Classes of the result, however many columns a row has. */
  readonly classes: number;
  readonly probabilities: boolean;
  /** Classification when absent. */
  readonly task?: TaskName | undefined;
  /** A row is one number: the probability of the second of two classes. */
  readonly isOfTwo: boolean;
  /** The column of each class; absent where they are in order. */
  readonly columns?: readonly number[] | undefined;
}

/** @param scores [count, columns] @returns [count, classes] */
export function logitsFrom(scores: Float32Array, reading: ScoreReading): Float32Array {
  const { classes, probabilities, isOfTwo, columns, task } = reading;
  const rows = isOfTwo ? bothOf(scores, probabilities) : columns ? inOrder(scores, classes, columns) : scores;
  return probabilities ? logitsOf(rows, task) : rows;
}

const bothOf = (scores: Float32Array, probabilities: boolean): Float32Array =>
  Float32Array.from({ length: 2 * scores.length }, (_, i) => {
    const second = scores[i >> 1] as number;
    return i % 2 === 1 ? second : probabilities ? 1 - second : 0;
  });

const inOrder = (scores: Float32Array, classes: number, columns: readonly number[]): Float32Array =>
  scores.map((_, i) => scores[i - (i % classes) + (columns[i % classes] as number)] as number);

export interface ExaminedScores {
  readonly path: string;
  /** The model's outputs for some samples, [count, columns]. */
  readonly outputs: Float32Array;
  readonly columns: number;
  /** The experiment's setting. */
  readonly declared: ResolvedOnnxTeacher["outputs"];
  /** The model card's. */
  readonly card: ModelOutput | undefined;
  readonly order: ColumnOrder;
  readonly isOfTwo: boolean;
  readonly task?: TaskName | undefined;
}

/** Detects what the scores are, and reports where the experiment sets something else. */
export function readScores({
  path,
  outputs,
  columns,
  declared,
  card,
  order,
  isOfTwo,
  task,
}: ExaminedScores):
  | { readonly reading: ScoreReading; readonly warnings: readonly Problem[] }
  | { readonly problem: Problem } {
  if (task === "regression") return numbers(path, columns, declared);
  const isEachOwn = isOfTwo || task === "multiLabel";
  const looksSo = isEachOwn ? outputs.every(isShare) : looksLikeProbabilities(outputs, columns);
  const outside = outputs.find((value) => !isShare(value));
  if (declared === "probabilities" && outside !== undefined)
    return problem(
      "teacher-outputs",
      `${path}: "outputs" is "probabilities", but the model gives ${outside}.`,
      "Remove `outputs` from the teacher: these are logits.",
    );
  const isOtherwise = looksSo && declared === "logits";
  return {
    reading: {
      classes: isOfTwo ? 2 : columns,
      probabilities:
        looksSo || declared === "probabilities" || (declared === "auto" && card === "probabilities"),
      isOfTwo,
      ...(task === undefined ? {} : { task }),
      columns: order.columns,
    },
    warnings: isOtherwise
      ? [
          {
            code: "teacher-probabilities",
            message: `${path}: "outputs" is "logits", but the model gives probabilities; their logarithm is used. Remove "outputs" from the teacher.`,
          },
        ]
      : [],
  };
}

/** What a regression gives is taken as it is. */
const numbers = (path: string, columns: number, declared: ExaminedScores["declared"]) =>
  declared === "probabilities"
    ? problem(
        "teacher-outputs",
        `${path}: "outputs" is "probabilities", but the labels are real numbers.`,
        "Remove `outputs` from the teacher.",
      )
    : {
        reading: { classes: columns, probabilities: false, isOfTwo: false, task: "regression" as const },
        warnings: [],
      };

/** Sums of float32 and half precision may be a little above 1. */
const tolerance = 1e-3;

const isShare = (value: number): boolean => value >= -tolerance && value <= 1 + tolerance;

/** Non-negative rows that sum to 1 come from a softmax or a vote, whatever the file declares. */
function looksLikeProbabilities(outputs: Float32Array, columns: number): boolean {
  if (columns < 2 || !outputs.every(isShare)) return false;
  for (let start = 0; start < outputs.length; start += columns) {
    const sum = outputs.subarray(start, start + columns).reduce((sum, value) => sum + value, 0);
    if (Math.abs(sum - 1) > tolerance) return false;
  }
  return true;
}
