import type { OutputsTable as AnyOutputs } from "../../../data/outputs/outputsTable.ts";
import type { DataProblem } from "../../../data/problem.ts";
import { blocksOf, type Numbers, type SampleValues } from "../../../data/sampleValues.ts";
import type { TaskName } from "../../../tasks/tasks.ts";
import { leastProbability } from "../../distill/leastProbability.ts";
import { logitsOf } from "../teacher.ts";

type OutputsTable = Pick<AnyOutputs, "file" | "values"> & { readonly columns: number };

/** Meaning of a row's numbers. */
export type StoredFormat = "logits" | "probabilities" | "logProbabilities";

/** Tolerance of a distribution's sum: half precision and a thousand classes leave 0.005. */
const tolerance = 0.01;

/** What the numbers of a table are. The first row that is no such thing is a problem. */
export function readFormat(
  table: OutputsTable,
  declared: StoredFormat | "auto",
  task?: TaskName,
): StoredFormat | DataProblem {
  const format = declared === "auto" ? formatOf(table, task) : declared;
  return rowProblem(table, format, task) ?? format;
}

interface AsLogits {
  readonly format: StoredFormat;
  readonly columns?: ArrayLike<number> | undefined;
  readonly task?: TaskName | undefined;
}

/**
 * The rows of a table as logits: the logarithm of probabilities, which a softmax undoes at any temperature.
 * Probabilities are at least 10⁻³⁰, so that every logit is finite. Rows of a table that stays in its file are converted
 * as they are read.
 * @param columns the column of the table for each logit; absent: the same
 */
export function logitRows({ values }: OutputsTable, { format, columns, task }: AsLogits): SampleValues {
  const { inMemory, size, count } = values;
  const asLogits = (rows: Numbers) => {
    toLogits(rows, format, task);
    if (columns !== undefined) reorder(rows, columns);
  };
  if (inMemory !== undefined) {
    asLogits(inMemory);
    return values;
  }
  return {
    dtype: "float32",
    size,
    count,
    read(rows, into) {
      values.read(rows, into);
      asLogits(into.subarray(0, rows.length * size));
    },
  };
}

function toLogits(values: Numbers, format: StoredFormat, task: TaskName | undefined): void {
  if (task !== undefined) {
    // Of labels each probability is one of its own.
    const own = Float32Array.from(values, format === "logProbabilities" ? Math.exp : undefined);
    if (format !== "logits") values.set(logitsOf(own, task));
    return;
  }
  const least = Math.log(leastProbability);
  if (format === "probabilities")
    for (let i = 0; i < values.length; i++)
      values[i] = Math.log(Math.max(values[i] as number, leastProbability));
  if (format === "logProbabilities")
    for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i] as number, least);
}

function reorder(values: Numbers, columns: ArrayLike<number>): void {
  const row = new Float32Array(columns.length);
  for (let start = 0; start < values.length; start += row.length) {
    row.set(values.subarray(start, start + row.length));
    for (let k = 0; k < row.length; k++) values[start + k] = row[columns[k] as number] as number;
  }
}

/** Rows to look at. */
const lookedAt = 1000;

/** As the rows look: those that all sum to 100 are meant to be probabilities, and refused as such. */
export function formatOf(
  { values, columns }: Pick<OutputsTable, "values" | "columns">,
  task?: TaskName,
): StoredFormat {
  if (task === "regression") return "logits";
  const sums: Sums[] = [];
  for (const { row } of rowsIn(values, columns)) {
    sums.push(sumsOf(row));
    if (sums.length === lookedAt) break;
  }
  if (task === "multiLabel")
    return sums.every(({ least, most }) => least >= 0 && most <= 1) ? "probabilities" : "logits";
  if ([1, ...totals].some((total) => sums.every(({ sum, least }) => least >= 0 && isOne(sum / total))))
    return "probabilities";
  return sums.every(({ exponentials, most }) => isOne(exponentials) && most <= tolerance)
    ? "logProbabilities"
    : "logits";
}

function* rowsIn(values: SampleValues, columns: number): Generator<{ number: number; row: Numbers }> {
  let number = 0;
  for (const block of blocksOf(values))
    for (let start = 0; start < block.length; start += columns)
      yield { number: number++, row: block.subarray(start, start + columns) };
}

interface Sums {
  readonly sum: number;
  readonly exponentials: number;
  readonly least: number;
  readonly most: number;
}

function sumsOf(row: Numbers): Sums {
  let [sum, exponentials, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of row) {
    sum += value;
    exponentials += Math.exp(value);
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { sum, exponentials, least, most };
}

/** Sums of shares in other units than parts of one. */
const totals = [100, 255, 1000];

const isOne = (sum: number): boolean => Math.abs(sum - 1) <= tolerance;

function rowProblem(
  { file, values, columns }: OutputsTable,
  format: StoredFormat,
  task: TaskName | undefined,
): DataProblem | undefined {
  if (task === "regression" && format !== "logits")
    return {
      code: "no-distribution",
      message: 'The labels are real numbers, and these have no probabilities: leave "outputs" out.',
      file,
    };
  for (const { number: row, row: own } of rowsIn(values, columns)) {
    const odd = own.findIndex(
      (value) => !Number.isFinite(value) && !(format === "logProbabilities" && value < 0),
    );
    if (odd >= 0) {
      const isNone = own[odd] === Number.NEGATIVE_INFINITY;
      return {
        code: "not-finite",
        message: `Row ${row} has ${own[odd]} in column ${odd}.${isNone ? ' Logarithms of probabilities may be −∞: "outputs": "logProbabilities".' : ""}`,
        file,
        expected: "a finite number",
        found: String(own[odd]),
      };
    }
    if (format === "logits") continue;
    if (task === "multiLabel") {
      const most = format === "probabilities" ? 1 : 0;
      const outside = own.find((value) => value > most + tolerance || (most === 1 && value < -tolerance));
      if (outside === undefined) continue;
      return {
        code: "no-distribution",
        message: `Row ${row} has ${outside}, which is no ${most === 1 ? "probability" : "logarithm of one"}. If these are logits: "outputs": "logits".`,
        file,
        expected: most === 1 ? "0 to 1" : "at most 0",
        found: outside,
      };
    }
    const { sum, exponentials, least } = sumsOf(own);
    if (format === "probabilities" && least >= -tolerance && isOne(sum)) continue;
    if (format === "logProbabilities" && isOne(exponentials)) continue;
    return noDistribution(file, row, format, { sum: format === "probabilities" ? sum : exponentials, least });
  }
  return undefined;
}

function noDistribution(
  file: string,
  row: number,
  format: StoredFormat,
  { sum, least }: { readonly sum: number; readonly least: number },
): DataProblem {
  const found = Number(sum.toPrecision(4));
  if (format === "probabilities" && least < -tolerance)
    return {
      code: "no-distribution",
      message: `Row ${row} has ${Number(least.toPrecision(4))}, and no probability is negative. If these are logits: "outputs": "logits".`,
      file,
      expected: "0 to 1",
      found: Number(least.toPrecision(4)),
    };
  const what = format === "probabilities" ? "sums to" : "is the logarithm of numbers that sum to";
  const whole = totals.find((total) => isOne(sum / total));
  return {
    code: "no-distribution",
    message: `Row ${row} ${what} ${found}; the probabilities of all classes sum to 1. ${whole === undefined ? 'If these are logits: "outputs": "logits".' : `Divide by ${whole}.`}`,
    file,
    expected: 1,
    found,
  };
}
