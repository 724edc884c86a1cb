import type { OutputsTable } from "../../../data/outputsFile.ts";
import type { DataProblem } from "../../../data/problem.ts";
import { leastProbability } from "../../distill/program.ts";

/** What the numbers of a row are. */
export type StoredForm = "logits" | "probabilities" | "logProbabilities";

/** A row that sums to 1 but for so much is a distribution: half precision and a thousand classes leave 0.005. */
const tolerance = 0.01;

/**
 * Makes logits of a table in place: of probabilities the logarithm, which a softmax undoes at any temperature. No
 * probability counts as less than 10⁻³⁰, so that every logit is a number. The first row that is no such thing is a problem.
 */
export function toLogits(table: OutputsTable, asked: StoredForm | "auto"): StoredForm | DataProblem {
  const form = asked === "auto" ? formOf(table) : asked;
  const problem = rowProblem(table, form);
  if (problem !== undefined) return problem;
  const { values } = table;
  const least = Math.log(leastProbability);
  if (form === "probabilities")
    for (let i = 0; i < values.length; i++)
      values[i] = Math.log(Math.max(values[i] as number, leastProbability));
  if (form === "logProbabilities")
    for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i] as number, least);
  return form;
}

/** So many rows show what they are. */
const lookedAt = 1000;

/** As the rows look: those that all sum to 100 are meant to be probabilities, and refused as such. */
export function formOf({
  values,
  rows,
  columns,
}: Pick<OutputsTable, "values" | "rows" | "columns">): StoredForm {
  const seen = Math.min(rows, lookedAt);
  const all = (isSo: (sums: Sums) => boolean) => {
    for (let row = 0; row < seen; row++)
      if (!isSo(sumsOf(values.subarray(row * columns, (row + 1) * columns)))) return false;
    return true;
  };
  if ([1, ...totals].some((total) => all(({ sum, least }) => least >= 0 && isOne(sum / total))))
    return "probabilities";
  return all(({ exponentials, most }) => isOne(exponentials) && most <= tolerance)
    ? "logProbabilities"
    : "logits";
}

interface Sums {
  readonly sum: number;
  readonly exponentials: number;
  readonly least: number;
  readonly most: number;
}

function sumsOf(row: Float32Array): Sums {
  let [sum, exponentials, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of row) {
    sum += value;
    exponentials += Math.exp(value);
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { sum, exponentials, least, most };
}

/** What shares are given in, if not in parts of one. */
const totals = [100, 255, 1000];

const isOne = (sum: number): boolean => Math.abs(sum - 1) <= tolerance;

function rowProblem(
  { file, values, rows, columns }: OutputsTable,
  form: StoredForm,
): DataProblem | undefined {
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    const odd = own.findIndex(
      (value) => !Number.isFinite(value) && !(form === "logProbabilities" && value < 0),
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
    if (form === "logits") continue;
    const { sum, exponentials, least } = sumsOf(own);
    if (form === "probabilities" && least >= -tolerance && isOne(sum)) continue;
    if (form === "logProbabilities" && isOne(exponentials)) continue;
    return noDistribution(file, row, form, { sum: form === "probabilities" ? sum : exponentials, least });
  }
  return undefined;
}

function noDistribution(
  file: string,
  row: number,
  form: StoredForm,
  { sum, least }: { readonly sum: number; readonly least: number },
): DataProblem {
  const found = Number(sum.toPrecision(4));
  if (form === "probabilities" && least < -tolerance)
    return {
      code: "no-distribution",
      message: `Row ${row} has ${Number(least.toPrecision(4))}, and no probability is negative. If these are logits: "outputs": "logits".`,
      file,
      expected: "0 to 1",
      found: Number(least.toPrecision(4)),
    };
  const what = form === "probabilities" ? "sums to" : "is the logarithm of numbers that sum to";
  const whole = totals.find((total) => isOne(sum / total));
  return {
    code: "no-distribution",
    message: `Row ${row} ${what} ${found}; the probabilities of all classes sum to 1. ${whole === undefined ? 'If these are logits: "outputs": "logits".' : `Divide by ${whole}.`}`,
    file,
    expected: 1,
    found,
  };
}
