import type { Samples } from "../../../data/samples.ts";
import { type Problem, problem } from "../../../problem.ts";
import type { Task } from "../../../tasks/task.ts";
import { taskOf } from "../../../tasks/tasks.ts";

interface Compared {
  /** The classes of the student, which has to tell the same ones apart; without one, the model may know more than the samples have. */
  readonly student?: number | undefined;
  readonly whose?: string;
  /** What to do about it. */
  readonly hint?: ((words: Task["output"]) => string) | undefined;
}

/** What is wrong with the number of outputs that a model has. Labels and numbers are as many as those of the samples. */
export function classMismatch(
  own: number,
  { classes, task }: Pick<Samples, "classes" | "task">,
  { student, whose = "The teacher", hint }: Compared = {},
): { readonly problem: Problem } | undefined {
  const isFree = student === undefined && task === undefined;
  if (isFree ? own >= classes : own === (student ?? classes)) return undefined;
  const other = student === undefined ? `the data has ${classes}` : `the student ${student}`;
  const words = taskOf(task).output;
  const [one, many] = words;
  return problem("class-mismatch", `${whose} has ${own} ${own === 1 ? one : many}, ${other}.`, hint?.(words));
}

/** @param outputShape of the teacher's net, without the batch */
export function outputMismatch(outputShape: readonly number[], samples: Samples, compared: Compared) {
  const [own] = outputShape;
  if (outputShape.length === 1 && own !== undefined) return classMismatch(own, samples, compared);
  const expected = compared.student ?? samples.classes;
  return problem(
    "class-mismatch",
    `The teacher gives [${outputShape.join(", ")}]; [${expected}] was expected.`,
    outputShape.length === 1 ? undefined : "Flatten before its last layer, or pool globally.",
  );
}
