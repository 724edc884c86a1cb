import type { Subject } from "../../schemas/run-event.gen.ts";

/** Answers of each network of a run for every sample of the split that compares them. */
export interface SplitAnswers {
  readonly split: "test" | "validation";
  /** SHA-256 of the split's samples and labels: equal for answers of the same samples. */
  readonly samples: string;
  readonly classes: number;
  readonly labels: Int32Array; // [count]
  readonly answers: Readonly<Partial<Record<Subject, Int32Array>>>; // classes, [count]
}
