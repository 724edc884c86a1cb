import { toLabels } from "../arrayLabels.ts";
import { knownClasses, type LabelText } from "../classNames.ts";
import { noLabel, withoutLabel } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import { type TextLabelOptions, type TextLabels, textLabels } from "../textLabels.ts";
import type { LabelColumns } from "./columnKinds.ts";
import { findColumn, isMissingText, type Table, type TableRow, textOf } from "./table.ts";

/** Where the columns of a table's labels are; none, where none are named. */
export function findLabels(
  table: Pick<Table, "file" | "columns" | "isNamed">,
  columns: LabelColumns | undefined,
): readonly number[] | (DataProblem & { readonly length?: never }) {
  const found: number[] = [];
  for (const column of columns === undefined ? [] : [columns].flat()) {
    const at = findColumn(table, column);
    if (typeof at === "object") return at;
    found.push(at);
  }
  return found;
}

/** Stands between the names of a list: no name has it. */
const listSeparator = "\u001f";

/**
 * Collects the labels of all rows: of one column, each text once; of several, or of lists of numbers, a row of numbers each. A list of
 * names is several labels of a sample.
 */
export class LabelCollector {
  readonly #columns: readonly number[];
  readonly #columnNames: readonly string[];
  readonly #names: readonly string[] | undefined;
  readonly #texts = new Map<string, LabelText & { readonly at: number }>();
  #used = new Int32Array(1024);
  #count = 0;
  #hasLists = false;
  /** Of used samples, in their order; of which the rows without a number are empty. */
  readonly #rows: (readonly number[])[] = [];
  #width: number | undefined;
  #problem: Omit<DataProblem, "file"> | undefined;

  constructor(at: readonly number[], { columns }: Pick<Table, "columns">) {
    this.#columns = at;
    this.#columnNames = at.map((column) => columns[column]?.name ?? "");
    this.#names = at.length === 1 ? columns[at[0] as number]?.classNames : undefined;
  }

  add(row: TableRow, { row: number, isUsed }: { readonly row: number; readonly isUsed: boolean }): void {
    const [first, ...more] = this.#columns;
    if (first === undefined || this.#problem) return;
    const cell = row.cells[first];
    const numbers = more.length > 0 ? this.#columns.map((at) => row.cells[at]) : numbersIn(cell);
    if (numbers !== undefined || this.#width !== undefined) {
      if (isUsed) this.#addRow(numbers ?? [cell], row, number);
      return;
    }
    if (Array.isArray(cell)) this.#hasLists = true;
    const text = cell === null || cell === undefined ? "" : (this.#names?.[Number(cell)] ?? labelOf(cell));
    let known = this.#texts.get(text);
    if (known === undefined) {
      const { line = number + 1, column = 1 } = row.placeOf?.(first) ?? {};
      known = { text, line, column, at: this.#texts.size };
      this.#texts.set(text, known);
    }
    if (!isUsed) return;
    if (this.#count === this.#used.length) {
      const more = new Int32Array(2 * this.#count);
      more.set(this.#used);
      this.#used = more;
    }
    this.#used[this.#count++] = known.at;
  }

  #addRow(cells: readonly unknown[], row: TableRow, number: number): void {
    const values = cells.map(numberOf);
    const missing = values.filter((value) => value === null).length;
    const lines = (at: number) => row.placeOf?.(this.#columns[at] ?? (this.#columns[0] as number)) ?? {};
    const odd = values.indexOf(undefined);
    const nameOf = (at: number) => JSON.stringify(this.#columnNames[at] ?? this.#columnNames[0] ?? "");
    // Rows before the first list have no label: there is none of one kind beside another.
    const isMixed = this.#width === undefined ? [...this.#texts.keys()].some((text) => text !== "") : false;
    if (odd >= 0)
      this.#problem = {
        code: "not-a-number",
        message: `The label of row ${number} has "${textOf(cells[odd])}" in column ${nameOf(odd)}, and each of several numbers is one.`,
        ...lines(odd),
        expected: "a number, true or false",
      };
    else if (missing > 0 && missing < values.length)
      this.#problem = {
        code: "missing-value",
        message: `The label of row ${number} has no number in column ${nameOf(values.indexOf(null))}, but others: it has all of them, or none.`,
        ...lines(values.indexOf(null)),
      };
    else if (missing === 0 && (isMixed || (this.#width ?? values.length) !== values.length))
      this.#problem = {
        code: "label-range",
        message: `The label of row ${number} is ${values.length} numbers, and others are ${isMixed ? "one text" : `${this.#width}`}.`,
        ...lines(0),
      };
    else {
      if (this.#width === undefined) {
        for (let i = 0; i < this.#count; i++) this.#rows.push([]);
        if (missing === 0) this.#width = values.length;
      }
      this.#rows.push(missing > 0 ? [] : (values as number[]));
    }
  }

  finish(options: TextLabelOptions): TextLabels | DataProblem {
    if (this.#problem) return { ...this.#problem, file: options.file };
    if (this.#rows.length > 0) return this.#finishRows(options);
    const { like, classes: given, ...others } = options;
    const names = typeof given === "number" ? undefined : this.#names;
    const classes = given ?? (like ? undefined : names);
    return textLabels([...this.#texts.values()], this.#used.slice(0, this.#count), {
      ...others,
      like,
      classes,
      ...(this.#hasLists && { separator: listSeparator }),
    });
  }

  #finishRows({ file, like, classes: given, labelling, task }: TextLabelOptions): TextLabels | DataProblem {
    const width = this.#width ?? this.#columns.length;
    const known = knownClasses({ like, given });
    const own = this.#columns.length > 1 ? this.#columnNames : undefined;
    const order = own && orderOf(own, known?.classNames);
    const there = this.#rows.filter((row) => row.length > 0);
    const values = Float64Array.from(
      there.flatMap((row) => (order ? order.map((at) => row[at] as number) : row)),
    );
    const found = toLabels(values, [there.length, width], {
      file,
      classes: known?.classes,
      labelling,
      task: task ?? (like && (like.task ?? "classification")),
    });
    if ("code" in found) return found;
    const bare = this.#rows.findIndex((row) => row.length === 0);
    const count = this.#rows.length - there.length;
    if (bare >= 0 && (labelling ?? "all") === "all")
      return withoutLabel(file, { count, first: bare, spelled: "empty" });
    const { labels, targets, ...facts } = bare < 0 ? found : spread(found, this.#rows);
    const names = known?.classNames ?? own;
    return { ...facts, labels, ...(targets && { targets }), ...(names && { classNames: names }) };
  }
}

/** Puts rows without a label where they are. */
function spread(found: TextLabels, rows: readonly (readonly number[])[]): TextLabels {
  const { classes } = found;
  const labels = new Int32Array(rows.length).fill(noLabel);
  const targets = found.targets && new Float32Array(rows.length * classes);
  let from = 0;
  rows.forEach((row, to) => {
    if (row.length === 0) return;
    labels[to] = found.labels[from] as number;
    targets?.set(found.targets?.subarray(from * classes, (from + 1) * classes) ?? [], to * classes);
    from++;
  });
  return { ...found, labels, ...(targets && { targets }) };
}

/** Columns with the names that are known before are in their order. */
function orderOf(
  own: readonly string[],
  known: readonly string[] | undefined,
): readonly number[] | undefined {
  const places = known?.map((name) => own.indexOf(name));
  return places?.length === own.length && !places.includes(-1) ? places : undefined;
}

/** Of a list of numbers; undefined where a cell is none. */
function numbersIn(cell: unknown): readonly unknown[] | undefined {
  const cells = ArrayBuffer.isView(cell) ? Array.from(cell as Float32Array) : cell;
  if (!Array.isArray(cells) || cells.length === 0) return undefined;
  return cells.every((one) => typeof one === "number" || typeof one === "bigint") ? cells : undefined;
}

/** null where there is none, undefined where it is something else. */
function numberOf(cell: unknown): number | null | undefined {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return null;
  if (typeof cell === "boolean") return Number(cell);
  const text = String(cell).trim();
  if (isMissingText(text)) return null;
  if (/^(true|false)$/i.test(text)) return Number(text.toLowerCase() === "true");
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** As it is written: `1.0` of a CSV file is a class index as 1 is. */
function labelOf(cell: unknown): string {
  if (Array.isArray(cell)) return cell.map(labelOf).join(listSeparator);
  return cell instanceof Date ? textOf(cell) : String(cell).trim();
}
