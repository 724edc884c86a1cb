import type { TaskName } from "../tasks/tasks.ts";
import { type LabelOptions, type Labels, noLabel, withoutLabel } from "./labels.ts";
import type { DataProblem } from "./problem.ts";

/* Labels that are rows of numbers: what each output of a model should be. */

/** Tolerance of a distribution's sum: float32 rounding stays below it. */
const tolerance = 1e-3;

/**
 * The task that labels are of, by their looks: numbers that are not whole are targets of a regression, rows of 0 and 1 of which
 * one has several 1s are several labels a sample, rows of probabilities are classes.
 * @param values [samples, columns]
 */
export function taskOfValues(values: Float64Array, columns: number): TaskName {
  const known = values.filter((value) => !Number.isNaN(value));
  if (columns === 1) return known.every(Number.isInteger) ? "classification" : "regression";
  const isZeroOrOne = (value: number) => value === 0 || value === 1 || value === noLabel;
  if (!known.every(isZeroOrOne)) return areDistributions(values, columns) ? "classification" : "regression";
  return eachRow(values, columns, (row) => row.filter((value) => value === 1).length < 2)
    ? "classification"
    : "multiLabel";
}

/** Whether each row is one-hot or of probabilities, and there is one of probabilities. */
export const areDistributions = (values: Float64Array, columns: number): boolean =>
  columns > 1 && values.some((value) => value > 0 && value < 1) && eachRow(values, columns, isDistribution);

const isDistribution = (row: Float64Array): boolean =>
  row.every((value) => value >= 0) && Math.abs(sumOf(row) - 1) < tolerance;

/** Probabilities of the classes; the label of a sample is the likeliest. */
export function softLabels(values: Float64Array, columns: number): Labels {
  const labels = new Int32Array(values.length / columns);
  const targets = Float32Array.from(values);
  for (let i = 0; i < labels.length; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    labels[i] = row.indexOf(Math.max(...row));
    // In float32 as exactly 1 as in the file.
    const sum = sumOf(row);
    for (let k = 0; k < columns; k++) targets[i * columns + k] = (row[k] as number) / sum;
  }
  return { task: "classification", labels, classes: columns, targets };
}

/**
 * Real numbers, one or several a sample. NaN says that a sample has none.
 * @param values [samples, columns]
 */
export function realNumbers(
  values: Float64Array,
  columns: number,
  { file, classes: known, labelling = "all" }: LabelOptions,
): Labels | DataProblem {
  const unlike = otherColumns(file, columns, known, "numbers");
  if (unlike) return unlike;
  const isMissing = (row: Float64Array) => row.every(Number.isNaN);
  const odd = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
  for (let at = odd; at >= 0 && at < values.length; at++) {
    const start = at - (at % columns);
    const value = values[at] as number;
    if (Number.isFinite(Math.fround(value)) || isMissing(values.subarray(start, start + columns))) continue;
    return {
      code: "label-range",
      message: `The label of sample ${start / columns} is ${value}, which is no finite float32.`,
      file,
      expected: "a finite number, or NaN for no label",
      found: String(value),
    };
  }
  return rows(values, columns, { task: "regression", file, labelling, spelled: "NaN", isMissing });
}

/**
 * Several labels a sample: 1 for each that it has. A row of −1 says that they are not known.
 * @param values [samples, columns]
 */
export function severalLabels(
  values: Float64Array,
  columns: number,
  { file, classes: known, labelling = "all" }: LabelOptions,
): Labels | DataProblem {
  const unlike = otherColumns(file, columns, known, "labels");
  if (unlike) return unlike;
  const isMissing = (row: Float64Array) => row.every((value) => value === noLabel);
  const odd = values.findIndex((value, at) => {
    if (value === 0 || value === 1) return false;
    const start = at - (at % columns);
    return !isMissing(values.subarray(start, start + columns));
  });
  if (odd >= 0)
    return {
      code: "label-range",
      message: `Label ${odd % columns} of sample ${Math.floor(odd / columns)} is ${values[odd]}: with several labels a sample, each is 0 or 1.`,
      file,
      expected: "0 or 1, or a row of −1 for no label",
      found: String(values[odd]),
    };
  return rows(values, columns, { task: "multiLabel", file, labelling, spelled: "−1", isMissing });
}

function rows(
  values: Float64Array,
  columns: number,
  {
    task,
    file,
    labelling,
    spelled,
    isMissing,
  }: Required<Pick<LabelOptions, "file" | "labelling">> & {
    readonly task: TaskName;
    readonly spelled: string;
    readonly isMissing: (row: Float64Array) => boolean;
  },
): Labels | DataProblem {
  const labels = new Int32Array(values.length / columns);
  const targets = Float32Array.from(values);
  for (let i = 0; i < labels.length; i++) {
    if (!isMissing(values.subarray(i * columns, (i + 1) * columns))) continue;
    labels[i] = noLabel;
    targets.fill(0, i * columns, (i + 1) * columns);
  }
  const count = labels.filter((label) => label === noLabel).length;
  if (count > 0 && labelling === "all")
    return withoutLabel(file, { count, first: labels.indexOf(noLabel), spelled });
  return { task, labels, classes: columns, targets };
}

function otherColumns(
  file: string,
  columns: number,
  known: number | undefined,
  what: string,
): DataProblem | undefined {
  if (known === undefined || known === columns) return undefined;
  return {
    code: "label-range",
    message: `There are ${columns} ${what} a sample, and the training data has ${known}.`,
    file,
    expected: known,
    found: columns,
  };
}

const sumOf = (row: Float64Array): number => row.reduce((total, value) => total + value, 0);

function eachRow(values: Float64Array, columns: number, isSo: (row: Float64Array) => boolean): boolean {
  for (let start = 0; start < values.length; start += columns)
    if (!isSo(values.subarray(start, start + columns))) return false;
  return true;
}
