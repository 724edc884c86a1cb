import type { DataProblem } from "./problem.ts";

/** More classes than any classifier here has: a label above is a number of another kind, a price or an id. */
export const mostClasses = 1_000_000;

/** Stands for the label of a sample that has none. */
export const noLabel = -1;

/** Whether samples have labels: each one, those that are not {@link noLabel}, or none, whatever a file says. */
export type Labelling = "all" | "some" | "none";

export interface Labels {
  readonly labels: Int32Array; // noLabel where there is none
  readonly classes: number;
}

export interface LabelOptions {
  readonly file: string;
  /** What a label has to stay below; else the largest label decides. */
  readonly classes?: number | undefined;
  /** "all" when absent: a sample without a label is a mistake. */
  readonly labelling?: Labelling | undefined;
}

/**
 * Class indices from an array of numbers: [N] or [N, 1] indices, or [N, C] one-hot rows.
 * An index of −1 says that there is no label.
 */
export function toLabels(
  values: Float64Array,
  shape: readonly number[],
  options: LabelOptions,
): Labels | DataProblem {
  const columns = shape[1] ?? 1;
  if (shape.length > 2) {
    return {
      code: "shape-mismatch",
      message:
        "These are not labels: one class index a sample or one one-hot row a sample is needed. Maps of labels (segmentation), boxes (detection) and sequences are not supported.",
      file: options.file,
      expected: "[N] or [N, classes]",
      found: `[${shape.join(", ")}]`,
    };
  }
  return columns === 1 ? fromIndices(values, options) : fromOneHot(values, columns, options);
}

function fromIndices(
  values: Float64Array,
  { file, classes: known, labelling = "all" }: LabelOptions,
): Labels | DataProblem {
  const bound = known ?? mostClasses;
  let largest = -1;
  let missing = 0;
  let hasZero = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value === noLabel) {
      missing++;
      continue;
    }
    if (value === 0) hasZero = true;
    if (Number.isFinite(value) && !Number.isInteger(value)) return realNumber(file, `sample ${i}`, value);
    if (!(Number.isInteger(value) && value >= 0 && value < bound)) return outside(file, i, value, bound);
    if (value > largest) largest = value;
  }
  if (missing > 0 && labelling === "all")
    return withoutLabel(file, { count: missing, first: values.indexOf(noLabel), spelled: "−1" });
  if (missing > 0 && largest === 1 && !hasZero) return signs(file);
  return { labels: Int32Array.from(values), classes: known ?? largest + 1 };
}

function fromOneHot(
  values: Float64Array,
  columns: number,
  { file, classes: known }: LabelOptions,
): Labels | DataProblem {
  if (known !== undefined && known !== columns) {
    return {
      code: "label-range",
      message: `The one-hot labels have ${columns} classes, the training data has ${known}.`,
      file,
      expected: known,
      found: columns,
    };
  }
  const labels = new Int32Array(values.length / columns);
  for (let i = 0; i < labels.length; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    const hot = row.indexOf(1);
    if (hot < 0 || row.some((value, column) => column !== hot && value !== 0)) {
      return notOneHot(file, i, row);
    }
    labels[i] = hot;
  }
  return { labels, classes: columns };
}

/** A row of labels that is of another task, or of none. */
function notOneHot(file: string, sample: number, row: Float64Array): DataProblem {
  const ones = row.filter((value) => value === 1).length;
  const sum = row.reduce((total, value) => total + value, 0);
  const shown = `[${Array.from(row.subarray(0, 12)).join(", ")}${row.length > 12 ? ", …" : ""}]`;
  const facts = { file, expected: "one-hot", found: shown };
  if (row.every((value) => value === 0 || value === 1) && ones > 1)
    return {
      code: "unsupported-task",
      message: `Sample ${sample} has ${ones} labels. Several labels a sample are not supported: classes exclude one another here. Keep one of them, or train one experiment a label.`,
      ...facts,
    };
  if (row.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-3 && ones === 0)
    return {
      code: "unsupported-task",
      message: `The label of sample ${sample} is a row of probabilities, which is not supported as a label. Give class indices, labels.argmax(1) in Python; what a teacher says comes from \`teacher\`.`,
      ...facts,
    };
  if (row.some((value) => value !== 0 && value !== 1))
    return {
      code: "unsupported-task",
      message: `The label of sample ${sample} is ${row.length} numbers and not one-hot. Boxes, points and other regression targets are not supported: a label is the class of a sample.`,
      ...facts,
    };
  return {
    code: "label-range",
    message: `The label of sample ${sample} is not one-hot: one 1 and otherwise 0 are needed.`,
    ...facts,
  };
}

/** @param whose what has such a label */
export function realNumber(file: string, whose: string, value: number | string): DataProblem {
  return {
    code: "unsupported-task",
    message: `The label of ${whose} is ${value}. Real numbers are targets of a regression, which is not supported: give classes, as by cutting the range into intervals with numpy.digitize in Python.`,
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

/** Two classes as signs, which would be one class and samples without labels. */
function signs(file: string): DataProblem {
  return {
    code: "label-range",
    message: "The labels are −1 and 1, and −1 stands for no label: write two classes as 0 and 1.",
    file,
    expected: "class indices from 0, or −1 for no label",
    found: "−1 and 1",
  };
}

function outside(file: string, sample: number, value: number, bound: number): DataProblem {
  return {
    code: "label-range",
    message: `The label of sample ${sample} is ${value}, outside the classes.`,
    file,
    expected: `an integer from 0 to ${bound - 1}`,
    found: value,
  };
}
