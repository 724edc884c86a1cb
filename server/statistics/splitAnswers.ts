import type { Subject } from "../../schemas/run-event.gen.ts";

/** What each network of a run says of every sample of the split that compares them. */
export interface SplitAnswers {
  readonly split: "test" | "validation";
  /** SHA-256 of the split's samples and labels: answers of two runs are of the same samples where it is the same. */
  readonly samples: string;
  readonly classes: number;
  readonly labels: Int32Array; // [count]
  readonly answers: Readonly<Partial<Record<Subject, Int32Array>>>; // classes, [count]
}
