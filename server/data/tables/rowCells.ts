import type { Numbers } from "../sampleValues.ts";
import { booleanWords } from "./cells.ts";
import { parseDate } from "./dates.ts";
import { encoder } from "./fit.ts";
import { type BooleanWords, type FittedColumn, featuresOf } from "./fittedColumn.ts";
import { isMissingText } from "./table.ts";

/** What a cell without a value is shown as. */
export const missingCell = "?";

/** Columns of a table that has become features as it was read: numbers, and booleans that it has words for. */
export const plainColumns = (
  names: readonly string[],
  booleans: readonly BooleanWords[] = [],
): readonly FittedColumn[] =>
  names.map((name) => ({
    name,
    as: booleans.some((column) => column.name === name) ? "boolean" : "number",
    fill: [],
  }));

export interface CellWords {
  readonly numberText: (value: number) => string;
  /** Where they are not known, a boolean is a number. */
  readonly booleans?: readonly BooleanWords[] | undefined;
}

/** A table's columns again, of the features that they became: name and text. Of a date, its parts. */
export function rowCells(
  features: Numbers,
  columns: readonly FittedColumn[],
  { numberText, booleans = [] }: CellWords,
): (readonly [name: string, text: string])[] {
  let at = 0;
  return columns.map((column): readonly [string, string] => {
    const { name, as, values, own } = column;
    const { length } = featuresOf(column);
    const given = features.subarray(at, at + length);
    at += length;
    if (own && given.at(-1) === 1) return [name, missingCell];
    if (values) return [name, values[given.indexOf(1)] ?? missingCell];
    const [no, yes] = booleans.find((column) => column.name === name)?.words ?? [];
    const word = [no, yes][given[0] as number];
    if (as === "boolean" && word !== undefined) return [name, word];
    return [name, Array.from(own ? given.subarray(0, -1) : given, numberText).join(" ")];
  });
}

/** A cell that is no value of its column. */
export interface WrongCell {
  readonly column: string;
  readonly expected: string;
}

/** The features of one row, of the texts that a person gives for its columns: as those of a file are made. */
export function rowFeatures(
  columns: readonly FittedColumn[],
  given: readonly string[],
): Float32Array | WrongCell {
  const texts = given.map((text) => text.trim());
  const cells = columns.map((column, i): number | WrongCell => cellOf(column, texts[i] ?? ""));
  const wrong = cells.find((cell) => typeof cell === "object");
  if (wrong !== undefined) return wrong;
  const raw = columns.map(({ name, as, parts }, i) => ({
    name,
    as,
    parts,
    isInferred: false,
    texts: [texts[i] ?? ""],
  }));
  const from = columns.map((_, i) => i);
  const { width, encode } = encoder(
    // Where nothing is there, no text is read as a date either.
    raw.map((column, i) => (Number.isNaN(cells[i]) ? { ...column, texts: [] } : column)),
    { columns, from },
  );
  const features = new Float32Array(width);
  encode(Float32Array.from(cells as number[]), features);
  return features;
}

/** As a table has it in memory: a number, the number of its only text, or NaN. */
function cellOf({ name, as }: FittedColumn, text: string): number | WrongCell {
  if (isMissingText(text)) return Number.NaN;
  switch (as) {
    case "category":
      return 0;
    case "date":
      return parseDate(text) === undefined ? { column: name, expected: "a date, as 2024-05-31" } : 0;
    case "boolean":
      return booleanWords[text.toLowerCase()] ?? { column: name, expected: "true or false" };
    case "number": {
      const value = Number(text);
      return Number.isFinite(Math.fround(value)) ? value : { column: name, expected: "a number" };
    }
  }
}
