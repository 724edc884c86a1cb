import type { DataProblem } from "../problem.ts";
import type { Remark, Samples } from "../samples.ts";
import type { Numbers } from "../sampleValues.ts";
import { type DatePart, usualParts } from "./columnKinds.ts";
import { parseDate, partOf } from "./dates.ts";
import { type FittedColumn, featuresOf, type RawColumn } from "./fittedColumn.ts";

/** Texts of a category that nobody asked for: an id or a name has more, and would be as many features. */
const mostInferred = 100;
/** And of one that is asked for. */
const mostDifferent = 10_000;

/** What is kept of a table to read others by. */
export interface Fitted {
  readonly columns: readonly FittedColumn[];
  /** Of each, its number in the table's raw columns. */
  readonly from: readonly number[];
  readonly remarks: readonly Remark[];
}

interface RawTable extends Pick<Samples, "count"> {
  readonly storage: Numbers;
  readonly raw: readonly RawColumn[];
}

/** Learns of each column what its features are, from the samples at `rows` alone: those to train on. */
export function fitTable(table: RawTable, rows: ArrayLike<number>, file: string): Fitted | DataProblem {
  const columns: FittedColumn[] = [];
  const from: number[] = [];
  const [constant, wide]: [string[], string[]] = [[], []];
  for (const [at, raw] of table.raw.entries()) {
    const { name, isInferred } = raw;
    const values = valuesAt(table, rows, at);
    const fitted = fitColumn(raw, values);
    const isMissing = values.some(Number.isNaN);
    const isSame = new Set(values.map(String)).size < 2 && !(isMissing && fitted?.own);
    if (fitted === undefined || (isInferred && isSame)) {
      if (!isInferred)
        return {
          code: "missing-value",
          message: `Column "${name}" has no value in the training samples.`,
          file,
          expected: "a value in at least one row",
        };
      constant.push(name);
      continue;
    }
    const different = fitted.values?.length ?? 0;
    if (isInferred && different > mostInferred) {
      wide.push(`"${name}" (${different} texts)`);
      continue;
    }
    if (different > mostDifferent)
      return {
        code: "too-many-categories",
        message: `Column "${name}" has ${different} different texts, which would be as many features.`,
        file,
        expected: `at most ${mostDifferent}`,
        found: different,
      };
    columns.push(fitted);
    from.push(at);
  }
  if (columns.length === 0)
    return { code: "missing-column", message: "Every column is the same in all training samples.", file };
  const taken = table.raw.map((raw, at) => ({ raw, fitted: columns[from.indexOf(at)] }));
  return { columns, from, remarks: remarksOf(taken, { constant, wide, table, rows }) };
}

/** Undefined where no cell has a value and none is made for that. */
function fitColumn(raw: RawColumn, values: readonly number[]): FittedColumn | undefined {
  const { name, as, missing, texts = [] } = raw;
  const there = values.filter((value) => !Number.isNaN(value));
  const own =
    missing === "own" || (missing === undefined && as === "category" && there.length < values.length);
  const shared = { name, as, ...(own && { own }) };
  if (as === "category") {
    const present = [...new Set(there)].map((id) => texts[id] as string);
    const sorted = sortedTexts(present);
    if (sorted.length === 0 && !own) return undefined;
    const most = own ? undefined : mostFrequent(there.map((id) => sorted.indexOf(texts[id] as string)));
    return {
      ...shared,
      values: sorted,
      fill: sorted.map((_, i) => (missing !== undefined && i === most ? 1 : 0)),
    };
  }
  if (there.length === 0) return undefined;
  const middle = missing === "mostFrequent" || as === "boolean" ? mostFrequent : median;
  if (as !== "date") return { ...shared, fill: [middle(there)] };
  const parts = raw.parts ?? usualParts;
  const dates = there.map((id) => parseDate(texts[id] as string) as Date);
  return { ...shared, parts, fill: parts.map((part) => middle(dates.map(partOf[part]))) };
}

/** By UTF-16 units, or by number where all are numbers: not by the language of the machine. */
const sortedTexts = (texts: readonly string[]): readonly string[] =>
  texts.every((text) => Number.isFinite(Number(text)))
    ? texts.toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))
    : texts.toSorted();

/** The mean of the two in the middle, of an even number. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Of several the least, as in scikit-learn. */
function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return Math.min(...[...counts].filter(([, count]) => count === most).map(([value]) => value));
}

function valuesAt({ storage, raw }: RawTable, rows: ArrayLike<number>, at: number): number[] {
  return Array.from(rows, (row) => storage[row * raw.length + at] as number);
}

/** What was taken as what, where that was found out, and what was left out. */
function remarksOf(
  columns: readonly { readonly raw: RawColumn; readonly fitted: FittedColumn | undefined }[],
  {
    constant,
    wide,
    table,
    rows,
  }: {
    readonly constant: readonly string[];
    readonly wide: readonly string[];
    readonly table: RawTable;
    readonly rows: ArrayLike<number>;
  },
): Remark[] {
  const described = columns.flatMap(({ raw, fitted }, at) => {
    if (!raw.isInferred || fitted === undefined) return [];
    const missing = valuesAt(table, rows, at).filter(Number.isNaN).length;
    if (raw.as === "number" && missing === 0) return [];
    const stands = fitted.own
      ? "one of its own"
      : fitted.values
        ? "none of them"
        : raw.as === "date"
          ? "the median"
          : String(fitted.fill[0]);
    const gaps = missing === 0 ? "" : ` (${missing} without a value: ${stands})`;
    const what = fitted.values ? `category of ${fitted.values.length}` : raw.as;
    return [`"${raw.name}" as ${what}${gaps}`];
  });
  const inferred = columns.filter(({ raw, fitted }) => raw.isInferred && fitted).length;
  const rest = inferred - described.length;
  const remarks: Remark[] = [];
  if (described.length > 0)
    remarks.push({
      code: "columns-inferred",
      message: `${listed(described)}${rest > 0 ? ` and ${rest === 1 ? "1 column" : `${rest} columns`} of numbers` : ""} were taken by what the training samples hold. Name them in \`features\` to say it yourself.`,
    });
  if (constant.length > 0)
    remarks.push({
      code: "columns-left-out",
      message: `${constant.length === 1 ? "Column" : "Columns"} ${listed(constant.map((name) => `"${name}"`))} ${constant.length === 1 ? "is" : "are"} left out: the same in all training samples.`,
    });
  if (wide.length > 0)
    remarks.push({
      code: "columns-left-out",
      message: `${wide.length === 1 ? "Column" : "Columns"} ${listed(wide)} ${wide.length === 1 ? "is" : "are"} left out: each text would be a feature. Name ${wide.length === 1 ? "it" : "them"} in \`features\`, { "column": …, "as": "category" }, to have that.`,
    });
  return remarks;
}

const listed = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");

/** Writes a table's cells as features. Texts that were not there when it was fitted are counted. */
export function encode(
  { storage, count, raw }: RawTable,
  { columns, from }: Pick<Fitted, "columns" | "from">,
): { readonly values: Float32Array; readonly remarks: readonly Remark[] } {
  const width = columns.reduce((sum, column) => sum + featuresOf(column).length, 0);
  const values = new Float32Array(count * width);
  const unseen: string[] = [];
  let to = 0;
  for (const [k, column] of columns.entries()) {
    const at = from[k] as number;
    const { texts } = raw[at] as RawColumn;
    const rows = texts?.map((text) => rowOf(column, text));
    const blank = column.own ? [...column.fill.map(zeroIn(column)), 1] : column.fill;
    let strangers = 0;
    for (let row = 0; row < count; row++) {
      const value = storage[row * raw.length + at] as number;
      const encoded = Number.isNaN(value) ? blank : rows ? rows[value] : undefined;
      if (encoded === null) strangers++;
      const cells = encoded ?? (encoded === null ? strangerOf(column) : column.own ? [value, 0] : [value]);
      for (let i = 0; i < cells.length; i++) values[row * width + to + i] = cells[i] as number;
    }
    if (strangers > 0) {
      const odd = texts?.find((_, id) => rows?.[id] === null) ?? "";
      unseen.push(`${strangers} of column "${column.name}", "${odd}" for one`);
    }
    to += featuresOf(column).length;
  }
  const remarks: Remark[] =
    unseen.length === 0
      ? []
      : [
          {
            code: "unseen-categories",
            message: `Texts that the training samples do not have count as missing: ${listed(unseen)}.`,
          },
        ];
  return { values, remarks };
}

/** A category of its own has no other value beside it. */
const zeroIn =
  ({ as }: FittedColumn) =>
  (value: number): number =>
    as === "category" ? 0 : value;

const strangerOf = ({ values = [], own }: FittedColumn): readonly number[] => [
  ...values.map(() => 0),
  ...(own ? [1] : []),
];

/** The features of a text; null where a category does not have it. */
function rowOf(column: FittedColumn, text: string): readonly number[] | null {
  const rest = column.own ? [0] : [];
  if (column.as === "date") {
    const date = parseDate(text) as Date;
    return [...(column.parts as readonly DatePart[]).map((part) => partOf[part](date)), ...rest];
  }
  const values = column.values ?? [];
  return values.includes(text) ? [...values.map((value) => (value === text ? 1 : 0)), ...rest] : null;
}
