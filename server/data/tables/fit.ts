import { brief } from "../../grouped.ts";
import type { DataProblem } from "../problem.ts";
import type { Remark } from "../samples.ts";
import { bytesOf, type Numbers, type SampleValues, spaceFor } from "../sampleValues.ts";
import { usualParts } from "./columnKinds.ts";
import { parseDate, partOf } from "./dates.ts";
import { type FittedColumn, featuresOf, type RawColumn } from "./fittedColumn.ts";
import { looksOf, readForms } from "./textLooks.ts";

/** Most texts of a category that the experiment does not name: ids and names have more, each of which would be a feature. */
const mostInferred = 100;
/** The same of one that it names. */
const mostDifferent = 10_000;

/** What is kept of a table to read others by. */
export interface Fitted {
  readonly columns: readonly FittedColumn[];
  /** Of each, its number in the table's raw columns. */
  readonly from: readonly number[];
  readonly remarks: readonly Remark[];
}

export interface RawTable {
  /** [count, raw.length] */
  readonly values: SampleValues;
  readonly raw: readonly RawColumn[];
}

/** A fitted column of the table, and how many samples have no value there. */
interface Taken {
  readonly raw: RawColumn;
  readonly fitted: FittedColumn;
  readonly gaps: number;
}

/** Learns of each column what its features are, from the samples at `rows` alone: those to train on. */
export function fitTable(table: RawTable, rows: Int32Array, file: string): Fitted | DataProblem {
  const taken: (Taken & { readonly at: number })[] = [];
  const [constant, wide, misread]: [string[], string[], string[]] = [[], [], []];
  for (const { at, values } of columnsOf(table.values, rows)) {
    const raw = table.raw[at] as RawColumn;
    const { name, isInferred, as, missing } = raw;
    if (missing === "median" && (as === "category" || as === "boolean"))
      return {
        code: "missing-value",
        message: `Column "${name}" is a ${as}, which has no median for its missing values.`,
        file,
        expected: '"missing": "mostFrequent" or "own"',
        found: '"median"',
      };
    const fitted = fitColumn(raw, values);
    const gaps = values.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0);
    const isSame = values.every((value) => Object.is(value + 0, (values[0] as number) + 0));
    if (fitted === undefined || (isInferred && isSame && !(gaps > 0 && fitted.own))) {
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
    const looks = isInferred && as === "category" ? looksOf(fitted.values ?? []) : undefined;
    if (looks) misread.push(`"${name}" ("${fitted.values?.[0]}") like ${looks}`);
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
    taken.push({ raw, fitted, gaps, at });
  }
  if (taken.length === 0)
    return { code: "missing-column", message: "Every column is the same in all training samples.", file };
  return {
    columns: taken.map(({ fitted }) => fitted),
    from: taken.map(({ at }) => at),
    remarks: remarksOf(taken, { constant, wide, misread }),
  };
}

/** Bytes of the columns that are in memory together. */
const togetherBytes = 2 ** 26;

/** Columns of the samples at `rows`, one after the other; a table on disk is gone through once for as many as there is room for. */
export function* columnsOf(
  values: SampleValues,
  rows: Int32Array,
  size: number = values.size,
): Generator<{ readonly at: number; readonly values: Float32Array }> {
  const together = Math.max(1, Math.floor(togetherBytes / 4 / rows.length));
  const most = Math.max(1, Math.floor(togetherBytes / 16 / bytesOf(values)));
  const block = spaceFor(values, Math.min(most, rows.length));
  for (let from = 0; from < size; from += together) {
    const columns = Array.from(
      { length: Math.min(together, size - from) },
      () => new Float32Array(rows.length),
    );
    for (let first = 0; first < rows.length; first += most) {
      const some = rows.subarray(first, first + most);
      values.read(some, block);
      for (const [k, column] of columns.entries())
        for (let i = 0; i < some.length; i++) column[first + i] = block[i * values.size + from + k] as number;
    }
    for (const [k, column] of columns.entries()) yield { at: from + k, values: column };
  }
}

/** Undefined where no cell has a value and none is made for that. */
function fitColumn(raw: RawColumn, values: Float32Array): FittedColumn | undefined {
  const { name, as, missing, texts = [] } = raw;
  const there = values.filter((value) => !Number.isNaN(value));
  const own =
    missing === "own" || (missing === undefined && as === "category" && there.length < values.length);
  const shared = { name, as, ...(own && { own }) };
  if (as === "category") {
    const isPresent = new Uint8Array(texts.length);
    for (const id of there) isPresent[id] = 1;
    const sorted = sortedTexts(texts.filter((_, id) => isPresent[id] === 1));
    if (sorted.length === 0 && !own) return undefined;
    const places = placesOf(texts, sorted);
    const most = own ? undefined : mostFrequent(there.map((id) => places[id] as number));
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
  const dates = texts.map((text) => parseDate(text) as Date);
  const fill = parts.map((part) => {
    const ofText = dates.map(partOf[part]);
    return middle(Float64Array.from(there, (id) => ofText[id] as number));
  });
  return { ...shared, parts, fill };
}

/** Of each text, its place among others; −1 where it is none of them. */
function placesOf(texts: readonly string[], among: readonly string[]): Int32Array {
  const place = new Map(among.map((text, at) => [text, at]));
  return Int32Array.from(texts, (text) => place.get(text) ?? -1);
}

/** By UTF-16 units, or by number where all are numbers: not by the language of the machine. */
const sortedTexts = (texts: readonly string[]): readonly string[] =>
  texts.every((text) => Number.isFinite(Number(text)))
    ? texts.toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))
    : texts.toSorted();

/** The mean of the two in the middle, of an even number. */
function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Of several the least, as in scikit-learn. */
function mostFrequent(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values, (value) => value + 0).sort(); // −0 + 0 is 0
  let [most, longest] = [Number.NaN, 0];
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    if (end - start > longest) [most, longest] = [sorted[start] as number, end - start];
  }
  return most;
}

/** Detected kinds of columns, and columns left out, in words. */
function remarksOf(
  taken: readonly Taken[],
  { constant, wide, misread }: Readonly<Record<"constant" | "wide" | "misread", readonly string[]>>,
): Remark[] {
  const inferred = taken.filter(({ raw }) => raw.isInferred);
  const described = inferred.flatMap(({ raw, fitted, gaps }) => {
    if (raw.as === "number" && gaps === 0) return [];
    const stands = fitted.own
      ? "one of its own"
      : fitted.values
        ? "none of them"
        : raw.as === "date"
          ? "the median"
          : brief(fitted.fill[0] ?? Number.NaN, 4);
    const without = gaps === 0 ? "" : ` (${gaps} without a value: ${stands})`;
    const what = fitted.values ? `category of ${fitted.values.length}` : raw.as;
    return [`"${raw.name}" as ${what}${without}`];
  });
  const rest = inferred.length - described.length;
  const remarks: Remark[] = [];
  if (described.length > 0)
    remarks.push({
      code: "columns-inferred",
      message: `${listed(described)}${rest > 0 ? ` and ${rest === 1 ? "1 column" : `${rest} columns`} of numbers` : ""} were taken by what the training samples hold. Name them in \`features\` to say it yourself.`,
      columns: taken.map(({ fitted: { name, as } }) => ({ name, as })),
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
  if (misread.length > 0)
    remarks.push({
      code: "columns-inferred",
      message: `Columns that are taken as texts look like something else: ${listed(misread)}. ${readForms}.${misread.some((one) => /"[+-]?\d+,\d+"\) like numbers$/.test(one)) ? ' With decimal commas: pandas.read_csv("FILE", sep=None, engine="python", decimal=",").to_csv("new.csv", index=False).' : ""}`,
    });
  return remarks;
}

const listed = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");

/** How a table's cells become features, rows at a time. Texts that were not there when it was fitted are counted. */
export interface Encoder {
  /** Features of a sample. */
  readonly width: number;
  /** @param cells [rows, raw columns] @param out [rows, width], of zeros */
  encode(cells: Numbers, out: Float32Array): void;
  /** Remarks once all rows are written. */
  remarks(): readonly Remark[];
}

export function encoder(
  raw: readonly RawColumn[],
  { columns, from }: Pick<Fitted, "columns" | "from">,
): Encoder {
  let width = 0;
  const writers = columns.map((column, k) => {
    const to = width;
    width += featuresOf(column).length;
    const { texts = [] } = raw[from[k] as number] as RawColumn;
    return {
      column,
      texts,
      to,
      at: from[k] as number,
      write: writerOf(column, texts),
      strangers: new Map<number, number>(),
    };
  });
  return {
    width,
    encode(cells, out) {
      const count = cells.length / raw.length;
      for (const { column, at, to, write, strangers } of writers) {
        const gap = column.own ? [...column.fill.map(zeroIn(column)), 1] : column.fill;
        for (let row = 0; row < count; row++) {
          const value = cells[row * raw.length + at] as number;
          const start = row * width + to;
          if (Number.isNaN(value)) out.set(gap, start);
          else if (!write(value, out, start)) strangers.set(value, (strangers.get(value) ?? 0) + 1);
        }
      }
    },
    remarks() {
      const unseen = writers.flatMap(({ column, texts, strangers }) => {
        const count = [...strangers.values()].reduce((sum, it) => sum + it, 0);
        const first = Math.min(...strangers.keys());
        return count === 0 ? [] : [`${count} of column "${column.name}", "${texts[first]}" for one`];
      });
      if (unseen.length === 0) return [];
      const message = `Texts that the training samples do not have count as missing: ${listed(unseen)}.`;
      return [{ code: "unseen-categories", message }];
    },
  };
}

/** A category of its own has no other value beside it. */
const zeroIn =
  ({ as }: FittedColumn) =>
  (value: number): number =>
    as === "category" ? 0 : value;

/** Writes the features of a value from `start` on, where all are zero; says whether it is none that the column knows. */
type Write = (value: number, out: Float32Array, start: number) => boolean;

function writerOf(column: FittedColumn, texts: readonly string[]): Write {
  if (column.as === "date") {
    const parts = column.parts ?? [];
    const dates = texts.map((text) => parseDate(text) as Date);
    const features = parts.map((part) => dates.map(partOf[part]));
    return (id, out, start) => {
      for (let i = 0; i < features.length; i++) out[start + i] = features[i]?.[id] as number;
      return true;
    };
  }
  const { values } = column;
  if (values === undefined)
    return (value, out, start) => {
      out[start] = value;
      return true;
    };
  const places = placesOf(texts, values);
  return (id, out, start) => {
    const place = places[id] as number;
    if (place >= 0) out[start + place] = 1;
    else if (column.own) out[start + values.length] = 1;
    return place >= 0;
  };
}
