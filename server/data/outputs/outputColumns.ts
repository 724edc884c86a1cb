import type { OutputsQuery, TableFormat } from "../../fileQuery.ts";
import { GrowingRows } from "../cache/growingRows.ts";
import { type KeepUse, placeOf } from "../cache/keptSamples.ts";
import { fullDisk } from "../cache/room.ts";
import { openBytes } from "../formats/bytes.ts";
import { type CsvRecord, placeOfField, readCsv } from "../formats/csv.ts";
import { type DataProblem, isProblem } from "../problem.ts";
import { rowCursor, type SampleValues } from "../sampleValues.ts";
import { openTable } from "../tables/openTable.ts";
import { type ExpectedOutputs, type OutputsShape, type OutputsTable, usualNames } from "./outputsTable.ts";
import { topKTable } from "./topK.ts";

/** A table of any format: cells by column, one row a sample. */
interface Records {
  /** Absent where the table has no header. */
  readonly names?: readonly string[];
  readonly rows: AsyncIterable<Row | DataProblem>;
  close(): Promise<void>;
}

interface Row {
  readonly cells: readonly unknown[];
  readonly placeOf?: ((column: number) => object) | undefined;
}

/** Where the numbers of a sample stand: in a column each, as a list in one, or as the likeliest classes and their values. */
type Layout =
  | { readonly of: "columns"; readonly columns: readonly number[] }
  | { readonly of: "list"; readonly column: number }
  | { readonly of: "likeliest"; readonly indices: readonly number[]; readonly values: readonly number[] };

export async function outputsInTable(
  file: string,
  format: TableFormat,
  { query, expected }: { readonly query: OutputsQuery; readonly expected: ExpectedOutputs | undefined },
): Promise<OutputsTable | OutputsShape | DataProblem> {
  const records = await (format === "csv" ? csvRecords(file) : tableRecords(file, format));
  if ("code" in records) return records;
  const [numbers, indices] = [await rowsFor(file, expected), await rowsFor(file, expected)];
  try {
    const { names } = records;
    const id = query.id === undefined ? undefined : idColumn(file, names, query.id);
    if (typeof id === "object") return id;
    const ids: string[] = [];
    let layout: Layout | undefined;
    let rows = 0;
    for await (const row of records.rows) {
      if ("code" in row) return row;
      layout ??= layoutOf(names ?? row.cells.map(() => ""), row.cells, { id, array: query.array });
      if (layout === undefined) return noColumn(file, names, query.array);
      const problem =
        layout.of === "likeliest"
          ? (indices.add(row, layout.indices) ?? numbers.add(row, layout.values))
          : numbers.add(row, layout.of === "list" ? [layout.column] : layout.columns);
      if (problem) return problem;
      if (id !== undefined) ids.push(String(row.cells[id] ?? "").trim());
      rows++;
    }
    if (rows === 0 || layout === undefined) return noRows(file);
    const { width } = numbers;
    if (layout.of === "likeliest" && indices.width !== width) return unequal(file, indices.width, width);
    const values = await numbers.finish();
    if (isProblem(values)) return values;
    if (layout.of === "likeliest") {
      if (expected === undefined) return { file, rows, dtype: "text" };
      const named = await indices.finish();
      if (isProblem(named)) return named;
      const table = topKTable({ file, indices: named, values }, expected);
      return "code" in table || id === undefined ? table : { ...table, ids };
    }
    const columnNames =
      layout.of === "columns" && names ? layout.columns.map((k) => names[k] as string) : undefined;
    const counted = columnNames?.[0] === "" && width > 2 ? indexProblem(file, values) : undefined;
    return (
      counted ?? {
        file,
        rows,
        columns: width,
        dtype: "text",
        ...(columnNames && { columnNames }),
        ...(id !== undefined && { ids }),
        values,
      }
    );
  } catch (error) {
    return fullDisk(file, error);
  } finally {
    numbers.abandon();
    indices.abandon();
    await records.close();
  }
}

async function csvRecords(file: string): Promise<Records | DataProblem> {
  const source = await openBytes(file);
  if ("code" in source) return source;
  const records = readCsv(source, { delimiter: undefined });
  const close = async () => {
    await records.return(undefined);
    await source.close();
  };
  const next = await records.next();
  const first = next.done ? undefined : next.value;
  if (first === undefined || "code" in first) {
    await close();
    return first ?? noRows(file);
  }
  const names = isHeader(first.fields) ? first.fields.map((field) => field.trim()) : undefined;
  const width = first.fields.length;
  async function* rows(): AsyncGenerator<Row | DataProblem> {
    const toRow = (record: CsvRecord): Row | DataProblem =>
      record.fields.length === width
        ? { cells: record.fields.map(cellOf), placeOf: (column) => placeOfField(record, column) }
        : {
            code: "bad-csv",
            message: `A row has ${record.fields.length} fields, the first one has ${width}.`,
            file,
            line: placeOfField(record, 0).line,
            expected: String(width),
            found: record.fields.length,
          };
    if (names === undefined) yield toRow(first as CsvRecord);
    for await (const record of records) yield "code" in record ? record : toRow(record);
  }
  return { ...(names && { names }), rows: rows(), close };
}

async function tableRecords(
  file: string,
  format: Exclude<TableFormat, "csv">,
): Promise<Records | DataProblem> {
  const table = await openTable(file, format, { isByName: true });
  if ("code" in table) return table;
  const always = table.columns.map((_, column) => column);
  const rows = table.rows({ always, columns: [], first: 0, end: 0 });
  return { names: table.columns.map(({ name }) => name), rows, close: () => table.close() };
}

/** Found in the names, and in the first row, of which a cell may be a list. */
function layoutOf(
  names: readonly string[],
  cells: readonly unknown[],
  { id, array }: { readonly id: number | undefined; readonly array: string | undefined },
): Layout | undefined {
  // pandas' index says where a row stood.
  const others = names.flatMap((name, column) =>
    column === id || /^__index_level_\d+__$/.test(name) ? [] : [column],
  );
  const lists = others.filter((column) => isList(cells[column]));
  const called = (wanted: readonly string[], among: readonly number[]) =>
    wanted.flatMap((name) => among.find((column) => names[column] === name) ?? [])[0];
  if (array !== undefined) {
    const column = called([array], others);
    if (column === undefined) return undefined;
    return isList(cells[column]) ? { of: "list", column } : { of: "columns", columns: [column] };
  }
  const numbered = (pattern: RegExp) => others.filter((column) => pattern.test(names[column] ?? ""));
  const indices = called(["indices"], lists);
  const values = called(["values"], lists);
  if (indices !== undefined && values !== undefined)
    return { of: "likeliest", indices: [indices], values: [values] };
  const [each, of] = [numbered(/^ind(ex|ices)[_.]?\d+$/i), numbered(/^values?[_.]?\d+$/i)];
  if (each.length > 0 && each.length === of.length) return { of: "likeliest", indices: each, values: of };
  const list = called(usualNames, lists) ?? (lists.length === 1 ? lists[0] : undefined);
  if (list !== undefined) return { of: "list", column: list };
  return lists.length > 0 || others.length === 0 ? undefined : { of: "columns", columns: others };
}

/** pandas writes a list into a field as JSON does. */
function cellOf(field: string): unknown {
  if (!field.trimStart().startsWith("[")) return field;
  try {
    return JSON.parse(field);
  } catch {
    return field;
  }
}

const isList = (cell: unknown): cell is ArrayLike<unknown> => Array.isArray(cell) || ArrayBuffer.isView(cell);

/** Numbers of rows that are all as long as the first. */
class Rows {
  width = 0;
  readonly #file: string;
  readonly #rows: GrowingRows;

  constructor(file: string, rows: GrowingRows) {
    this.#file = file;
    this.#rows = rows;
  }

  add(row: Row, columns: readonly number[]): DataProblem | undefined {
    const number = this.#rows.count;
    const cells = columns.flatMap((column): unknown[] => {
      const cell = row.cells[column];
      return isList(cell) ? Array.from(cell) : [cell];
    });
    if (number === 0) this.width = cells.length;
    else if (cells.length !== this.width)
      return {
        code: "shape-mismatch",
        message: `Row ${number} has ${cells.length} numbers, the first one has ${this.width}.`,
        file: this.#file,
        expected: this.width,
        found: cells.length,
      };
    const at = this.#rows.add(this.width);
    if (typeof at === "object") return at;
    for (const [i, cell] of cells.entries()) {
      const value = numberIn(cell);
      if (value === undefined)
        return noNumber(this.#file, row, { cell, column: columns[i] ?? (columns[0] as number), number });
      this.#rows.array[at + i] = value;
    }
    return undefined;
  }

  finish(): Promise<SampleValues | DataProblem> {
    return this.#rows.finish();
  }

  /** Leaves no file: what was read can still be read. */
  abandon(): void {
    this.#rows.abandon();
  }
}

/** Rows that go to the cache once they are many. @param use absent: they are few */
async function rowsFor(file: string, use: KeepUse | undefined): Promise<Rows> {
  const place = use && (await placeOf([file], undefined, use));
  return new Rows(file, new GrowingRows(file, { storage: use?.storage, place }));
}

function idColumn(file: string, names: readonly string[] | undefined, id: string): number | DataProblem {
  const column = names?.indexOf(id) ?? -1;
  if (column >= 0) return column;
  const message = names
    ? `There is no column "${id}" with the ids.`
    : `The table has no header, so there is no column "${id}" with the ids.`;
  const expected = names?.slice(0, 20).join(", ");
  return { code: "missing-column", message, file, ...(expected && { expected }), found: id };
}

function noColumn(file: string, names: readonly string[] = [], array: string | undefined): DataProblem {
  const message =
    array === undefined
      ? "Which column has the teacher's outputs is not clear: name it with `array`."
      : `There is no column "${array}".`;
  const found = array === undefined ? {} : { found: array };
  return { code: "missing-column", message, file, expected: names.slice(0, 20).join(", "), ...found };
}

const noRows = (file: string): DataProblem => ({
  code: "no-samples",
  message: "The table holds no rows.",
  file,
  expected: "a row for each sample",
});

const unequal = (file: string, indices: number, values: number): DataProblem => ({
  code: "shape-mismatch",
  message: `There are ${indices} indices and ${values} values a row.`,
  file,
});

/** Names of the classes, or as pandas calls columns without names: by their numbers, of which each is there once. */
function isHeader(fields: readonly string[]): boolean {
  const numbers = fields.map(numberIn);
  return numbers.includes(undefined) || fields.every((_, k) => numbers.includes(k));
}

/** pandas writes the number of a row before it, under no name. */
function indexProblem(file: string, values: SampleValues): DataProblem | undefined {
  const { array, at } = rowCursor(values);
  for (let row = 0; row < values.count; row++) if (array[at(row)] !== row) return undefined;
  return {
    code: "bad-csv",
    message: "The first column counts the rows. Leave it out: in pandas, to_csv(…, index=False).",
    file,
    line: 1,
  };
}

/** NaN and infinities are numbers here: the caller, who knows what they mean, decides which are allowed. */
function numberIn(cell: unknown): number | undefined {
  if (typeof cell === "number") return cell;
  if (typeof cell === "bigint") return Number(cell);
  if (typeof cell !== "string") return undefined;
  const text = cell.trim();
  if (/^[+-]?(inf|infinity)$/i.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}

function noNumber(
  file: string,
  row: Row,
  { cell, column, number }: { readonly cell: unknown; readonly column: number; readonly number: number },
): DataProblem {
  const text =
    typeof cell === "string" ? cell.trim() : cell === null || cell === undefined ? "" : String(cell);
  const where = row.placeOf === undefined ? ` (row ${number})` : "";
  return {
    code: "not-a-number",
    message: `Column ${column} has ${text === "" ? "nothing" : "text"} here where a number is needed${where}.`,
    file,
    ...row.placeOf?.(column),
    expected: "a number",
    found: `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`,
  };
}
