import type { Subject } from "../../schemas/run-event.gen.ts";

import type { Answers } from "../tasks/task.ts";
import type { TaskName } from "../tasks/tasks.ts";

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
}
