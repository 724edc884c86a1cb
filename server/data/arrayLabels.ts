import { type LabelOptions, type Labels, mostClasses, noLabel, realNumber, withoutLabel } from "./labels.ts";
import type { DataProblem } from "./problem.ts";
import { areDistributions, realNumbers, severalLabels, softLabels, taskOfValues } from "./rowLabels.ts";

/**
 * Labels from an array of numbers: [N] or [N, 1] class indices, [N, C] one-hot rows or probabilities, [N, K] zeros and ones where
 * a sample may have several labels, or [N] or [N, K] real numbers. An index of −1 says that there is no label.
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
        "These are not labels: one number or one row of numbers a sample is needed. Maps of labels (segmentation), boxes (detection) and sequences are not supported.",
      file: options.file,
      expected: "[N] or [N, outputs]",
      found: `[${shape.join(", ")}]`,
    };
  }
  const { task = taskOfValues(values, columns) } = options;
  if (task === "regression") return realNumbers(values, columns, options);
  if (task === "multiLabel") return severalLabels(values, columns, options);
  if (columns === 1) return fromIndices(values, options);
  const isKnown = options.classes === undefined || options.classes === columns;
  return isKnown && areDistributions(values, columns)
    ? softLabels(values, columns)
    : fromOneHot(values, columns, options);
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
  return { task: "classification", labels: Int32Array.from(values), classes: known ?? largest + 1 };
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
  return { task: "classification", labels, classes: columns };
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
      message: `Sample ${sample} has ${ones} labels, and of a classification it has one. For several labels a sample: "task": "multiLabel".`,
      ...facts,
    };
  if (row.some((value) => value !== 0 && value !== 1))
    return {
      code: "unsupported-task",
      message: `The label of sample ${sample} is ${row.length} numbers, which are no probabilities: they sum to ${Number(sum.toPrecision(4))}. For real numbers as labels: "task": "regression".`,
      ...facts,
    };
  return {
    code: "label-range",
    message: `The label of sample ${sample} is not one-hot: one 1 and otherwise 0 are needed.`,
    ...facts,
  };
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
  const number = " Number the classes from 0: numpy.unique(y, return_inverse=True)[1].";
  const advice = Number.isNaN(value)
    ? " Where a label is missing write −1: numpy.nan_to_num(y, nan=-1)."
    : bound === mostClasses
      ? number
      : "";
  return {
    code: "label-range",
    message: `The label of sample ${sample} is ${value}, outside the classes.${advice}`,
    file,
    expected: `an integer from 0 to ${bound - 1}`,
    found: value,
  };
}
