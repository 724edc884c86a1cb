import type { GrowingRows } from "../cache/growingRows.ts";
import type { DataProblem } from "../problem.ts";
import type { Numbers, SampleValues } from "../sampleValues.ts";
import type { ColumnAs } from "./columnKinds.ts";
import type { FeatureColumn } from "./columns.ts";
import { parseDate } from "./dates.ts";
import type { BooleanWords, RawColumn } from "./fittedColumn.ts";
import { isMissingText, type TableRow, textOf } from "./table.ts";

/** More different texts than these are no category. */
const mostTexts = 1_000_000;

/** What the cells of a column were found to be. */
interface State {
  readonly column: FeatureColumn;
  /** Undefined until a cell has a value, unless the experiment sets it. */
  kind: "number" | "text" | "list" | undefined;
  /** Values a sample: more than one in a list. */
  width: number;
  missing: number;
  /** Of texts: the number of each. */
  readonly ids: Map<string, number>;
  /** The first cell with a value. To find its place takes as long as the row has characters. */
  first?: { readonly text: string; readonly place: () => Place };
}

interface Place {
  readonly line?: number;
  readonly column?: number;
}

export interface Cells {
  /** [rows, columns]: numbers, numbers of texts, NaN. */
  readonly values: SampleValues;
  readonly columns: readonly RawColumn[];
  readonly booleans: readonly BooleanWords[];
  /** Every cell is a number or a boolean: it needs no fitting. */
  readonly isPlain: boolean;
  readonly count: number;
}

/** Collects the cells of features, row by row, and finds out of what kind the columns are. */
export class CellCollector {
  readonly #file: string;
  readonly #states: State[];
  readonly #first: number;
  /** Samples of a table in which nothing has to be filled: a missing cell is a mistake. */
  readonly #isComplete: boolean;
  readonly #rows: GrowingRows;
  /** Of the row that is added. */
  #values: Numbers = new Float32Array(0);
  #width = 0;
  #count = 0;

  constructor(
    file: string,
    columns: readonly FeatureColumn[],
    {
      first,
      isComplete,
      rows,
    }: { readonly first: number; readonly isComplete: boolean; readonly rows: GrowingRows },
  ) {
    this.#rows = rows;
    this.#file = file;
    this.#first = first;
    this.#isComplete = isComplete;
    this.#states = columns.map((column) => ({
      column,
      kind: column.as === undefined ? undefined : column.as === "number" ? "number" : "text",
      width: 1,
      missing: 0,
      ids: new Map(),
    }));
  }

  get count(): number {
    return this.#count;
  }

  add(row: TableRow): DataProblem | undefined {
    if (this.#count === 0) this.#begin(row);
    const start = this.#rows.add(this.#width);
    if (typeof start === "object") return start;
    this.#values = this.#rows.array;
    let to = start;
    for (const state of this.#states) {
      const cell = row.cells[state.column.at];
      // A number or the text of one, in a column of numbers, is what nearly every cell is.
      if (state.kind === "number" && (typeof cell === "number" || typeof cell === "string")) {
        const value = Number(cell);
        if (
          Number.isFinite(Math.fround(value)) &&
          (value !== 0 || typeof cell === "number" || cell.trim() !== "")
        ) {
          this.#values[to++] = value;
          continue;
        }
      }
      const problem = this.#put(state, cell, to, row);
      if (problem) return problem;
      to += state.width;
    }
    this.#count++;
    return undefined;
  }

  async finish(): Promise<Cells | DataProblem> {
    const columns: RawColumn[] = [];
    const booleans: { readonly name: string; readonly at: number; readonly texts: readonly string[] }[] = [];
    let at = 0;
    for (const state of this.#states) {
      const kind = this.#kindOf(state);
      if (typeof kind === "object") return kind;
      const texts = [...state.ids.keys()];
      if (kind === "boolean") booleans.push({ name: state.column.name, at, texts });
      const { name, missing, parts, isInferred = false } = state.column;
      for (let k = 0; k < state.width; k++)
        columns.push({
          name: state.width === 1 ? name : `${name}[${k}]`,
          as: kind,
          isInferred,
          ...(missing && { missing }),
          ...(parts && { parts }),
          ...((kind === "category" || kind === "date") && { texts }),
        });
      at += state.width;
    }
    const isPlain = this.#states.every(
      ({ missing, column }) =>
        missing === 0 && column.missing === undefined && (column.as ?? "number") === "number",
    );
    const values = await this.#rows.finish((rows) => {
      for (const { at, texts } of booleans)
        for (let i = at; i < rows.length; i += this.#width) rows[i] = booleanOf(texts, rows[i] as number);
    });
    if ("code" in values) return values;
    return {
      values,
      columns,
      booleans: booleans.flatMap(({ name, texts }) => wordsOf(name, texts)),
      isPlain: isPlain && columns.every(({ as }) => as === "number" || as === "boolean"),
      count: this.#count,
    };
  }

  #begin({ cells }: TableRow): void {
    for (const state of this.#states) {
      const cell = cells[state.column.at];
      const length = lengthOf(cell);
      if (length === undefined) continue;
      state.kind = "list";
      state.width = length;
    }
    this.#width = this.#states.reduce((sum, { width }) => sum + width, 0);
  }

  #put(state: State, cell: unknown, to: number, row: TableRow): DataProblem | undefined {
    if (state.kind === "list") return this.#putList(state, cell, to, row);
    const text = textOf(cell);
    if (isMissingText(text)) {
      if (this.#isComplete && state.column.missing === undefined)
        return this.#bad("missing-value", state, row, text);
      state.missing++;
      this.#values[to] = Number.NaN;
      return undefined;
    }
    if (typeof cell === "object" && !(cell instanceof Date))
      return this.#bad("not-a-number", state, row, JSON.stringify(cell), wrongObject);
    const number = typeof cell === "bigint" || typeof cell === "number" ? Number(cell) : numberOf(text);
    const isWord = typeof cell === "boolean" || number === undefined;
    if (state.kind === undefined) {
      state.kind = isWord ? "text" : "number";
      state.first = { text, place: () => placeOf(row, state) };
    }
    if (state.kind === "number") {
      if (typeof cell === "boolean" && state.column.as === "number") {
        this.#values[to] = Number(cell);
        return undefined;
      }
      if (number === undefined || isWord) return this.#bad("not-a-number", state, row, text);
      if (!Number.isFinite(Math.fround(number))) return this.#bad("not-finite", state, row, text);
      this.#values[to] = number;
      return undefined;
    }
    if (state.column.as === undefined && !isWord) return this.#mixed(state, text);
    let id = state.ids.get(text);
    if (id === undefined) {
      id = state.ids.size;
      if (id === mostTexts) return this.#bad("too-many-categories", state, row, text);
      state.ids.set(text, id);
    }
    this.#values[to] = id;
    return undefined;
  }

  #putList(state: State, cell: unknown, to: number, row: TableRow): DataProblem | undefined {
    const length = lengthOf(cell);
    if (length === undefined) return this.#bad("missing-value", state, row, textOf(cell), noList);
    if (length !== state.width) {
      const now = this.#width - state.width + length;
      const message = `Row ${this.#first + this.#count} has ${now} values, the first one ${this.#width}. Lists in a column are of one length: cut or pad them.`;
      return {
        code: "shape-mismatch",
        message,
        file: this.#file,
        expected: this.#width,
        found: now,
        ...placeOf(row, state),
      };
    }
    const list = flatten(cell as ArrayLike<unknown>);
    for (let i = 0; i < length; i++) {
      const value = list[i];
      const number =
        value === null || value === undefined || typeof value === "string" ? Number.NaN : Number(value);
      if (!Number.isFinite(Math.fround(number)))
        return value === null || value === undefined
          ? this.#bad("missing-value", state, row, String(value), gapInList)
          : this.#bad("not-finite", state, row, String(value));
      this.#values[to + i] = number;
    }
    return undefined;
  }

  /** What a column is: as the experiment says, or as all of its texts are. */
  #kindOf({ column, kind, ids }: State): ColumnAs | DataProblem {
    const texts = [...ids.keys()];
    if (column.as === "boolean" || column.as === "date") {
      const isOne = column.as === "boolean" ? isBooleanWord : (text: string) => parseDate(text) !== undefined;
      const other = texts.find((text) => !isOne(text));
      if (other === undefined) return column.as;
      return {
        code: column.as === "boolean" ? "not-a-boolean" : "not-a-date",
        message: `Column "${column.name}" has "${shortened(other)}", which is no ${column.as}.`,
        file: this.#file,
        expected:
          column.as === "boolean" ? "true, false, yes, no, 1 or 0" : "2024-05-31 or 2024-05-31T10:20:30Z",
        found: shortened(other),
      };
    }
    if (column.as !== undefined) return column.as;
    if (kind !== "text") return "number";
    if (texts.every(isBooleanWord)) return "boolean";
    return texts.every((text) => parseDate(text) !== undefined) ? "date" : "category";
  }

  /** Texts, and then a number: the first of the texts is what does not fit, or all are texts. */
  #mixed({ column, first }: State, number: string): DataProblem {
    const row = this.#first + this.#count;
    return {
      code: "not-a-number",
      message: `${nameOf(column)} has text here, and a number in row ${row}, ${number}: mend it, or say that it is a category, { "column": …, "as": "category" }.`,
      file: this.#file,
      ...first?.place(),
      expected: "a finite number",
      found: `"${shortened(first?.text ?? "")}"`,
    };
  }

  #bad(
    code: keyof typeof wrongs,
    state: State,
    row: TableRow,
    text: string,
    [what, expected]: Wrong = wrongs[code],
  ): DataProblem {
    const place = placeOf(row, state);
    const where = place.line === undefined ? ` (row ${this.#first + this.#count})` : "";
    return {
      code,
      message: `${nameOf(state.column)} ${what}${where}.`,
      file: this.#file,
      ...place,
      expected,
      found: `"${shortened(text)}"`,
    };
  }
}

/** What is wrong with a cell, and what was expected. */
type Wrong = readonly [what: string, expected: string];

const wrongs = {
  "missing-value": [
    "has no value here, and no training sample lacks one: say in the training samples' `features` what stands for it, by `missing`",
    "a finite number",
  ],
  "not-finite": ["has a value here that is no finite float32", "a finite number"],
  "not-a-number": [
    'has text here where a number is needed: mend it, or say that it is a category, { "column": …, "as": "category" }',
    "a finite number",
  ],
  "too-many-categories": [`has more than ${mostTexts} different texts`, "a category"],
} as const;

const wrongObject: Wrong = [
  "has an object here: make a column of each of its keys, or name other columns in `features`",
  "a number, a text or a list of numbers",
];
const noList: Wrong = ["has no list here, and others have one: leave the row out", "a list of numbers"];
const gapInList: Wrong = [
  "has a list here that lacks a number: fill it, or leave the row out",
  "finite numbers",
];

const nameOf = ({ column, name }: FeatureColumn): string =>
  typeof column === "number" ? `Column ${column}` : `Column "${name}"`;

const placeOf = ({ placeOf: of }: TableRow, { column }: State): Place => of?.(column.at) ?? {};

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** How many numbers a list has, those of lists in it together; undefined where a cell is no list. */
const lengthOf = (cell: unknown): number | undefined => (isList(cell) ? flatten(cell).length : undefined);

const isList = (cell: unknown): cell is ArrayLike<unknown> =>
  Array.isArray(cell) || (ArrayBuffer.isView(cell) && !(cell instanceof DataView));

/** An image as rows of pixels, for one, row after row. */
const flatten = (list: ArrayLike<unknown>): ArrayLike<unknown> =>
  isList(list[0])
    ? Array.from(list).flatMap((inner) => (isList(inner) ? Array.from(flatten(inner)) : [inner]))
    : list;

/** The number that a text is, infinite ones too; undefined of what is none. */
function numberOf(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** By the text in lower case. */
export const booleanWords: Readonly<Record<string, 0 | 1>> = {
  true: 1,
  false: 0,
  yes: 1,
  no: 0,
  "1": 1,
  "0": 0,
};

const isBooleanWord = (text: string): boolean => Object.hasOwn(booleanWords, text.toLowerCase());

/** The first spelling of each; none where a column has but one of them. */
function wordsOf(name: string, texts: readonly string[]): BooleanWords[] {
  const [no, yes] = [0, 1].map((value) => texts.find((text) => booleanWords[text.toLowerCase()] === value));
  return no === undefined || yes === undefined ? [] : [{ name, words: [no, yes] }];
}

const booleanOf = (texts: readonly string[], id: number): number =>
  Number.isNaN(id) ? Number.NaN : (booleanWords[(texts[id] as string).toLowerCase()] as number);
