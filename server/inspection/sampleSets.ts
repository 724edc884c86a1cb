import type { SampleOrder, SampleSet } from "../protocol.ts";
import type { TaskName } from "../tasks/tasks.ts";

/** A set of samples in words, and the order that shows most of it. */
interface NamedSet {
  readonly words: string;
  readonly order: SampleOrder;
}

/** The sets of each task; the first that has samples is shown first. */
export const sampleSets: Readonly<Record<TaskName, Readonly<Partial<Record<SampleSet, NamedSet>>>>> = {
  classification: {
    disagreements: { words: "Teacher and student disagree", order: "sure" },
    helped: { words: "Right only with the teacher", order: "sure" },
    harmed: { words: "Right only alone", order: "sure" },
    wrong: { words: "The student is wrong", order: "sure" },
    all: { words: "All samples", order: "sure" },
  },
  multiLabel: {
    disagreements: { words: "Teacher and student disagree", order: "apart" },
    helped: { words: "Fewer wrong labels with the teacher", order: "gained" },
    harmed: { words: "Fewer wrong labels alone", order: "lost" },
    wrong: { words: "The student has labels wrong", order: "worst" },
    all: { words: "All samples", order: "worst" },
  },
  regression: {
    all: { words: "All samples", order: "worst" },
    helped: { words: "Nearer with the teacher", order: "gained" },
    harmed: { words: "Nearer alone", order: "lost" },
  },
};

export const orderWords: Readonly<Record<SampleOrder, string>> = {
  sure: "most sure first",
  unsure: "least sure first",
  worst: "most wrong first",
  best: "least wrong first",
  apart: "farthest from the teacher first",
  gained: "most helped first",
  lost: "most harmed first",
  number: "by number",
};
