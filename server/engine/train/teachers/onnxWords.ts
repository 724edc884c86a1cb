import type { Samples } from "../../../data/samples.ts";
import { type InputPlan, planWords } from "../../../nets/inputRoles.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import { type TaskName, taskOf } from "../../../tasks/tasks.ts";
import type { ScoreReading } from "./onnxScores.ts";

/** Describes inputs that are fed by their names, and images at another size. */
export function inputSentences(
  plan: InputPlan,
  {
    ownShape,
    samples,
    isByColumn,
  }: {
    readonly ownShape: Shape | undefined;
    readonly samples: Samples | undefined;
    readonly isByColumn: boolean;
  },
): string[] {
  const isText = samples?.tokens !== undefined;
  const isMasked = plan.others.some(({ feed }) => feed === "mask" || feed === "padding");
  return [
    ...(isByColumn ? ["Its inputs take the columns of their names."] : []),
    ...(plan.guessed.length > 0 ? [`By their names, ${planWords(plan, { isText })}.`] : []),
    ...(isMasked && !isText && samples?.shape.length === 1 ? ["0 is taken for padding."] : []),
    ...(ownShape === undefined
      ? []
      : [
          `It takes images of ${ownShape[0]} × ${ownShape[1]}: ${samples?.atSize ? "those of the files are read at this size, augmented ones resized" : "the samples are resized"}.`,
        ]),
  ];
}

/** Describes the detected reading, for experiments that do not set it. */
export function sentenceOf(
  { probabilities, isOfTwo, columns }: ScoreReading,
  {
    output,
    classNames,
    task,
  }: {
    readonly output: string;
    readonly classNames: readonly string[] | undefined;
    readonly task: TaskName | undefined;
  },
): string {
  if (task === "regression") return `"${output}" has the numbers of the regression.`;
  const what = isOfTwo ? "one number for two classes" : `a number for each ${taskOf(task).output[0]}`;
  const how = probabilities
    ? `probabilities, of which the ${task === "multiLabel" ? "logit" : "logarithm"} is taken`
    : "logits";
  const order =
    columns === undefined || classNames === undefined
      ? ""
      : `; its columns are put in the data's order of ${taskOf(task).output[1]}`;
  return `"${output}" has ${what}, taken as ${how}${order}.`;
}
