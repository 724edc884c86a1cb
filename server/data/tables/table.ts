import type { Progress } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";

/** A table of any format: rows of cells, read from front to back. */
export interface Table {
  /** Its name in messages: a path, or a pattern of paths. */
  readonly file: string;
  /** Where its labels are, if they are in a file of their own. */
  readonly labelFile?: string | undefined;
  readonly columns: readonly TableColumn[];
  /** Whether columns have names; else they are known by their numbers. */
  readonly isNamed: boolean;
  /** Rows in all, where the file says so before they are read. */
  readonly count?: number;
  /** How much of it has been read, where it is read from front to back. */
  readonly progress?: () => Progress;
  /** Ends with a problem, if there is one. */
  rows(requested: RequestedCells): AsyncGenerator<TableRow | DataProblem>;
}

export interface TableColumn {
  readonly name: string;
  /** What the file declares; a text, such as CSV's and JSON's, declares nothing, and what is no feature in JSON is seen. */
  readonly kind?: ColumnKind;
  /** Names of classes that the file keeps beside a column of numbers, as Hugging Face's datasets does. */
  readonly classNames?: readonly string[];
}

/** What a column of a typed table holds, one value a row. */
export type ColumnKind = "number" | "numbers" | "boolean" | "text" | "time" | "image" | "other";

/** Which cells are wanted; a table that can skip the others does. */
interface RequestedCells {
  /** Columns of which every row's cell is wanted. */
  readonly always: readonly number[];
  /** Columns of which the cells of rows from `first` on, before `end`, are wanted. */
  readonly columns: readonly number[];
  readonly first: number;
  readonly end: number;
}

export interface TableRow {
  /** By the number of the column: texts, numbers, booleans, dates, lists of numbers; null or nothing where there is no value. */
  readonly cells: readonly unknown[];
  /** Where a cell stands in a text file. */
  readonly placeOf?: ((column: number) => CellPlace) | undefined;
}

interface CellPlace {
  readonly line: number;
  readonly column?: number;
}

/** A column by its name, or by its number: from 0, or negative from the end. */
export function findColumn(
  { file, columns, isNamed }: Pick<Table, "file" | "columns" | "isNamed">,
  column: string | number,
): number | DataProblem {
  const isText = isTextTable(columns);
  const place = { file, ...(isText && { line: 1 }) };
  if (typeof column === "number") {
    const index = column < 0 ? columns.length + column : column;
    if (index >= 0 && index < columns.length) return index;
    const message = `There is no column ${column}; the table has ${columns.length} columns.`;
    return {
      code: "missing-column",
      message,
      ...place,
      expected: `0 to ${columns.length - 1}`,
      found: column,
    };
  }
  const [index] = isNamed ? (placesIn(columns).get(column) ?? []) : [];
  if (index !== undefined) return duplicateOf({ file, columns }, index) ?? index;
  const message = isNamed
    ? `There is no column "${column}".${isText && columns[0]?.name.startsWith("#") ? perhapsComment : ""}`
    : `The table has no header, so there is no column "${column}"; use its number.`;
  const expected = isNamed ? namesOf(columns) : `0 to ${columns.length - 1}`;
  return { code: "missing-column", message, ...place, expected, found: column };
}

const perhapsComment =
  " The first line begins with # and has as many fields as the next, so it is read as the header: remove it if it is a comment.";

/** Whether it is of a format that declares no columns: its cells are in lines. */
const isTextTable = (columns: readonly TableColumn[]): boolean =>
  columns.some(({ kind }) => kind === undefined);

const places = new WeakMap<readonly TableColumn[], ReadonlyMap<string, readonly number[]>>();

/** The numbers of the columns that have a name, found once for a table: an experiment may name thousands of them. */
function placesIn(columns: readonly TableColumn[]): ReadonlyMap<string, readonly number[]> {
  const known = places.get(columns);
  if (known) return known;
  const found = new Map<string, number[]>();
  for (const [at, { name }] of columns.entries()) {
    const same = found.get(name);
    if (same) same.push(at);
    else found.set(name, [at]);
  }
  places.set(columns, found);
  return found;
}

/** Why the name of a column does not say which one it is. Without a name it is known by its place. */
export function duplicateOf(
  { file, columns }: Pick<Table, "file" | "columns">,
  column: number,
): DataProblem | undefined {
  const name = columns[column]?.name ?? "";
  const same = placesIn(columns).get(name) ?? [];
  if (name === "" || same.length < 2) return undefined;
  const isText = isTextTable(columns);
  const numbers = `${same.slice(0, -1).join(", ")} and ${same.at(-1)}`;
  return {
    code: "duplicate-column",
    message: `${same.length} columns are called "${name}": ${numbers}, counted from 0. ${isText ? "Rename all but one, or give columns by their numbers." : "Rename all but one."}`,
    file,
    ...(isText && { line: 1 }),
  };
}

export const namesOf = (columns: readonly TableColumn[]): string =>
  columns
    .slice(0, 20)
    .map(({ name }) => (name.includes(",") ? JSON.stringify(name) : name))
    .join(", ");

/** What spreadsheets, R and pandas write where there is no value. */
const missingTexts = new Set(["", "na", "n/a", "<na>", "nan", "nat", "null", "none", "?", "-"]);

export const isMissingText = (text: string): boolean => missingTexts.has(text.toLowerCase());

/** A cell as a text: `1.0` is `1`, so that a number is the same in every format. */
export function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? "" : cell.toISOString();
  const text = String(cell).trim();
  return /^[+-]?\d+\.0+$/.test(text) ? text.slice(0, text.indexOf(".")) : text;
}
