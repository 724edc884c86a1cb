import type { Subject } from "../../schemas/run-event.gen.ts";

import type { Answers } from "../tasks/task.ts";
import type { TaskName } from "../tasks/tasks.ts";
import { inOrder } from "./networkWords.ts";

/** Answers of each network of a run for every sample of the split that compares them. */
export interface SplitAnswers {
  readonly split: "test" | "validation";
  /** SHA-256 of the split's samples and labels: equal for answers of the same samples. */
  readonly samples: string;
  /** Absent: classification. */
  readonly task?: TaskName | undefined;
  readonly classes: number;
  readonly labels: Int32Array; // [count]
  readonly answers: Readonly<Partial<Record<Subject, Answers>>>; // classes, or the task's numbers of each sample
  /** Probability that each network gives its class, [count]; absent of another task, and in earlier versions. */
  readonly confidence?: Readonly<Partial<Record<Subject, Float32Array>>> | undefined;
  /** Of another task what it is about, sample by sample; absent in earlier versions. */
  readonly outputs?: SplitOutputs | undefined;
}

/** Of every sample what each output of a network should be, and what it is: logits of labels, or numbers. */
export interface SplitOutputs {
  readonly targets: Float32Array; // [count, outputs]
  readonly given: Readonly<Partial<Record<Subject, Float32Array>>>; // [count, outputs]
  /** Of several labels a sample: from which probability on each counts as given, one for all or one each. */
  readonly threshold?: number | readonly number[] | undefined;
}

/** With the networks in the order in which they are shown, whatever order they were evaluated or stored in. */
export const withNetworksInOrder = ({
  answers,
  confidence,
  outputs,
  ...rest
}: SplitAnswers): SplitAnswers => ({
  ...rest,
  answers: inOrder(answers),
  ...(confidence ? { confidence: inOrder(confidence) } : {}),
  ...(outputs ? { outputs: { ...outputs, given: inOrder(outputs.given) } } : {}),
});
