import type { TaskName } from "../tasks/tasks.ts";
import type { DataProblem } from "./problem.ts";

/** More classes than any classifier here has: a label above is a number of another kind, a price or an id. */
export const mostClasses = 1_000_000;

/** Stands for the label of a sample that has none. */
export const noLabel = -1;

/** Whether samples have labels: each one, those that are not {@link noLabel}, or none, whatever a file says. */
export type Labelling = "all" | "some" | "none";

export interface Labels {
  readonly task: TaskName;
  /** {@link noLabel} where there is none; 0 where the labels of the task are rows. */
  readonly labels: Int32Array;
  /** How many classes, labels or numbers a model has to give. */
  readonly classes: number;
  /** Absent where a label is a class. */
  readonly targets?: Float32Array; // [labels, classes]
}

export interface LabelOptions {
  readonly file: string;
  /** What a label has to stay below; else the largest label decides. */
  readonly classes?: number | undefined;
  /** "all" when absent: a sample without a label is a mistake. */
  readonly labelling?: Labelling | undefined;
  /** Absent: as the labels look. */
  readonly task?: TaskName | undefined;
}

/** @param whose what has such a label */
export function realNumber(file: string, whose: string, value: number | string): DataProblem {
  return {
    code: "unsupported-task",
    message: `The label of ${whose} is ${value}. A class is a whole number from 0 or a name; for real numbers as labels: "task": "regression".`,
    file,
    expected: "class indices or names",
    found: value,
  };
}

/** @param spelled how the file says that there is none */
export function withoutLabel(
  file: string,
  { count, first, spelled }: { readonly count: number; readonly first: number; readonly spelled: string },
): DataProblem {
  const message =
    count === 1
      ? `Sample ${first} has no label (${spelled}). Only samples to train on may lack one.`
      : `${count} samples have no label (${spelled}), sample ${first} is the first. Only samples to train on may lack one.`;
  return { code: "no-label", message, file, expected: "a class", found: spelled };
}

/** Classes that samples were of and are left out. */
export interface Excluded {
  readonly classes: number;
  readonly classNames?: readonly string[] | undefined;
  /** Their numbers among all. */
  readonly labels: readonly number[];
}
