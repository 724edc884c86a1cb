import { resolve } from "node:path";
import type { CsvSource, UnlabelledCsvSource } from "../../../schemas/experiment.gen.ts";
import type { ColumnsQuery } from "../../fileQuery.ts";
import { boolean, choice, file, list, optional } from "../../parameters/parameter.ts";
import { type LabelText, toClasses } from "../classNames.ts";
import { type ByteSource, openBytes } from "../formats/bytes.ts";
import { type CsvRecord, placeOfField, readCsv } from "../formats/csv.ts";
import { noLabel, withoutLabel } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import { hashed, type Samples } from "../samples.ts";
import { checkLike, checkShape, checkSkip } from "./arrays.ts";
import type { LoadOptions } from "./options.ts";
import { column, type SourceType, sampleShape, skip, take } from "./source.ts";

/** Which columns of a table are what. */
export interface TableLayout {
  readonly columns: number;
  readonly names: readonly string[] | undefined;
  /** Undefined where no column is a label. */
  readonly label: number | undefined;
  readonly features: readonly number[];
}

/** What spreadsheets, R and pandas write where there is no value. */
const missingValues = new Set(["", "na", "n/a", "nan", "null", "none", "?", "-"]);

const table = (example: string) => file("File with the table.", [".csv", ".tsv", ".txt", ".gz"], example);
const labelColumn = { examples: ["species", 0] };
const features = (absent: string) =>
  optional(
    list(
      `Columns of the features, by name or number. Absent: ${absent}`,
      column("A column, by name or number from 0."),
      { minItems: 1, examples: [["length", "width"]] },
    ),
  );
const part = {
  delimiter: optional(
    choice(
      "What stands between two values. Absent: found out from the first lines.",
      [",", ";", "\t", "|", " "],
      {
        examples: [";"],
      },
    ),
  ),
  header: optional(
    boolean(
      "Whether the first line holds the names of the columns. Absent: found out from the first lines.",
      {
        examples: [true],
      },
    ),
  ),
  skip,
  take,
  shape: sampleShape,
};

/**
 * Samples from a table: one row a sample, one column the label, the others numbers. `skip` and `take` choose rows that
 * follow one another, but the classes are still those of the whole table.
 */
export const csv: SourceType<CsvSource | UnlabelledCsvSource> = {
  description: "A table: one sample a line, one column the label, the other columns numbers.",
  hint: "A table of comma-separated values.",
  parameters: {
    path: table("data/iris.csv"),
    label: column(
      "Column of the label: its name, or its number from 0 (negative: from the end).",
      labelColumn,
    ),
    features: features(
      "every column but the label; beside training samples whose columns have names, those of the same names.",
    ),
    ...part,
  },
  unlabelled: {
    description: "A table: one sample a line, its columns numbers.",
    hint: "A table of comma-separated values.",
    parameters: {
      path: table("data/more.csv"),
      label: optional(
        column(
          "Column to leave out, by name or number from 0 (negative: from the end): a label, which is not read. Absent: every column is a feature.",
          labelColumn,
        ),
      ),
      features: features(
        "beside training samples whose columns have names, those of the same names; else all.",
      ),
      ...part,
    },
  },
  async load(source, baseDirectory, options) {
    const bytes = await openBytes(resolve(baseDirectory, source.path));
    if ("code" in bytes) return bytes;
    const records = readCsv(bytes, { delimiter: source.delimiter });
    try {
      return await readTable(bytes, records, source, options);
    } finally {
      await records.return(undefined);
      await bytes.close();
    }
  },
};

async function readTable(
  { file }: ByteSource,
  records: AsyncGenerator<CsvRecord | DataProblem>,
  source: CsvSource | UnlabelledCsvSource,
  { like, classes: given, labels: labelling = "all" }: LoadOptions,
): Promise<Samples | DataProblem> {
  const first = (await records.next()).value as CsvRecord | DataProblem | undefined;
  if (first === undefined) return noSamples(file);
  if ("code" in first) return first;
  const second = (await records.next()).value as CsvRecord | DataProblem | undefined;
  if (second && "code" in second) return second;
  const own = layoutOf(file, first, second, source);
  if ("code" in own) return own;
  const layout = source.features === undefined ? likeTraining(file, own, like?.featureNames) : own;
  if ("code" in layout) return layout;
  const shape = source.shape ?? [layout.features.length];
  const shapeProblem =
    checkShape(file, [layout.features.length], shape) ?? checkLike(file, shape, like?.shape);
  if (shapeProblem) return shapeProblem;

  const { skip = 0, take = Number.POSITIVE_INFINITY } = source;
  const isLabelled = labelling !== "none" && layout.label !== undefined;
  const used = { first: skip, end: skip + take };
  const rows = new Rows(file, isLabelled ? layout : { ...layout, label: undefined }, used);
  for (const record of layout.names === undefined ? [first, second] : [second]) {
    const problem = record && rows.add(record);
    if (problem) return problem;
  }
  for await (const record of records) {
    const problem = "code" in record ? record : rows.add(record);
    if (problem) return problem;
  }
  const table = rows.finish();
  if (table.total === 0) return noSamples(file);
  const skipProblem = checkSkip(file, { skip, total: table.total });
  if (skipProblem) return skipProblem;
  const known = isLabelled ? toClasses(table.labelTexts, { file, like, given }) : unlabelled(like);
  if ("code" in known) return known;
  const { indices, ...classes } = known;
  const labels = table.labels.map((text) => indices[text] ?? noLabel);
  const bare = labels.indexOf(noLabel);
  if (bare >= 0 && labelling === "all") {
    const count = labels.filter((label) => label === noLabel).length;
    const { text, line } = table.labelTexts[table.labels[bare] as number] as LabelText;
    return { ...withoutLabel(file, { count, first: bare, spelled: text === "" ? "empty" : text }), line };
  }
  const featureNames = featureNamesOf(layout);
  const named = { ...classes, ...(featureNames && { featureNames }) };
  const within = { first: skip, total: table.total };
  return hashed({ count: labels.length, shape, ...named, labels, storage: table.values, within });
}

const unlabelled = (like: LoadOptions["like"]) => ({
  indices: new Int32Array(0),
  classes: like?.classes ?? 0,
  ...(like?.classNames && { classNames: like.classNames }),
});

/**
 * A table with the names of the training samples has their columns in whatever order, and may have others beside them.
 * One that has none of them names things differently, and is taken in its own order.
 */
function likeTraining(
  file: string,
  layout: TableLayout,
  trained: readonly string[] | undefined,
): TableLayout | DataProblem {
  if (layout.names === undefined || trained === undefined) return layout;
  const names = layout.names.map((name, column) => (column === layout.label ? undefined : name));
  if (!trained.some((name) => names.includes(name))) return layout;
  const missing = trained.find((name) => !names.includes(name));
  if (missing === undefined) return { ...layout, features: trained.map((name) => names.indexOf(name)) };
  return {
    code: "missing-column",
    message: `There is no column "${missing}" as in the training samples; columns of other names can be given as \`features\`, in their order.`,
    file,
    line: 1,
    expected: trained.slice(0, 20).join(", "),
    found: layout.names.slice(0, 20).join(", "),
  };
}

/** Undefined where there are none, or where a name is not enough to find a column again. */
export function featureNamesOf({ names, features }: TableLayout): readonly string[] | undefined {
  if (names === undefined || new Set(names).size < names.length) return undefined;
  return features.map((column) => names[column] as string);
}

/** Finds the columns. The first record is a header if the columns are asked for by name, or if it has text above numbers. */
export function layoutOf(
  file: string,
  first: CsvRecord,
  second: CsvRecord | undefined,
  { label, features, header }: ColumnsQuery,
): TableLayout | DataProblem {
  const isNamed = [label, ...(features ?? [])].some((column) => typeof column === "string");
  const isTextAboveNumbers = first.fields.some((field, i) => {
    return !isNumber(field) && second?.fields[i] !== undefined && isNumber(second.fields[i]);
  });
  const names =
    (header ?? (isNamed || isTextAboveNumbers)) ? first.fields.map((name) => name.trim()) : undefined;
  const columns = first.fields.length;
  const labelColumn = label === undefined ? undefined : findColumn(file, label, columns, names);
  if (typeof labelColumn === "object") return labelColumn;
  const featureColumns: number[] = [];
  for (const feature of features ?? []) {
    const column = findColumn(file, feature, columns, names);
    if (typeof column === "object") return column;
    featureColumns.push(column);
  }
  if (features === undefined) {
    for (let column = 0; column < columns; column++) if (column !== labelColumn) featureColumns.push(column);
  }
  if (featureColumns.length === 0) {
    const message = "The table has one column only, so there is nothing beside the label.";
    return { code: "missing-column", message, file, line: 1, expected: "at least 2 columns", found: columns };
  }
  return { columns, names, label: labelColumn, features: featureColumns };
}

function findColumn(
  file: string,
  column: string | number,
  columns: number,
  names: readonly string[] | undefined,
): number | DataProblem {
  if (typeof column === "number") {
    const index = column < 0 ? columns + column : column;
    if (index >= 0 && index < columns) return index;
    const message = `There is no column ${column}; the table has ${columns} columns.`;
    return { code: "missing-column", message, file, line: 1, expected: `0 to ${columns - 1}`, found: column };
  }
  const index = names?.indexOf(column) ?? -1;
  if (index >= 0) return index;
  const message =
    names === undefined
      ? `The table has no header, so there is no column "${column}"; use its number.`
      : `There is no column "${column}".`;
  const expected = names?.slice(0, 20).join(", ") ?? `0 to ${columns - 1}`;
  return { code: "missing-column", message, file, line: 1, expected, found: column };
}

/** Collects rows in arrays that grow, each label text once. */
class Rows {
  readonly #file: string;
  readonly #layout: TableLayout;
  readonly #used: { readonly first: number; readonly end: number };
  readonly #textIds = new Map<string, number>();
  readonly #labelTexts: LabelText[] = [];
  #labels = new Int32Array(1024);
  #values: Float32Array;
  #total = 0;
  #count = 0;

  constructor(file: string, layout: TableLayout, used: { readonly first: number; readonly end: number }) {
    this.#file = file;
    this.#layout = layout;
    this.#used = used;
    this.#values = new Float32Array(1024 * layout.features.length);
  }

  add(record: CsvRecord): DataProblem | undefined {
    const { columns, label, features } = this.#layout;
    if (record.fields.length !== columns) {
      const message = `A row has ${record.fields.length} fields, the first one has ${columns}.`;
      const { line } = placeOfField(record, 0);
      return {
        code: "bad-csv",
        message,
        file: this.#file,
        line,
        expected: columns,
        found: record.fields.length,
      };
    }
    const text = label === undefined ? noLabel : this.#labelId(record, label);
    const row = this.#total++;
    if (row < this.#used.first || row >= this.#used.end) return undefined;
    this.#reserve();
    this.#labels[this.#count] = text;
    const start = this.#count * features.length;
    for (let i = 0; i < features.length; i++) {
      const field = record.fields[features[i] as number] as string;
      const value = Number(field);
      // An empty or blank field would be the number 0.
      if (!Number.isFinite(Math.fround(value)) || (value === 0 && field.trim() === "")) {
        return this.#badValue(record, features[i] as number);
      }
      this.#values[start + i] = value;
    }
    this.#count++;
    return undefined;
  }

  finish() {
    return {
      total: this.#total,
      labels: this.#labels.subarray(0, this.#count),
      labelTexts: this.#labelTexts,
      values: this.#values.slice(0, this.#count * this.#layout.features.length),
    };
  }

  #labelId(record: CsvRecord, column: number): number {
    const text = (record.fields[column] as string).trim();
    const known = this.#textIds.get(text);
    if (known !== undefined) return known;
    this.#labelTexts.push({ text, ...placeOfField(record, column) });
    this.#textIds.set(text, this.#textIds.size);
    return this.#textIds.size - 1;
  }

  #badValue(record: CsvRecord, column: number): DataProblem {
    const text = (record.fields[column] as string).trim();
    const isMissing = missingValues.has(text.toLowerCase());
    const isNumeric = /^[+-]?(inf(inity)?|[\d.]+(e[+-]?\d+)?)$/i.test(text);
    const name = this.#layout.names?.[column];
    const place = name === undefined ? `Column ${column}` : `Column "${name}"`;
    const found = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    const [code, what] = isMissing
      ? (["missing-value", "has no value here"] as const)
      : isNumeric
        ? (["not-finite", "has a value here that is no finite float32"] as const)
        : (["not-a-number", "has text here where a number is needed"] as const);
    return {
      code,
      message: `${place} ${what}.`,
      file: this.#file,
      ...placeOfField(record, column),
      expected: "a finite number",
      found: `"${found}"`,
    };
  }

  #reserve(): void {
    if (this.#count < this.#labels.length) return;
    const labels = new Int32Array(this.#count * 2);
    labels.set(this.#labels);
    this.#labels = labels;
    const values = new Float32Array(this.#count * 2 * this.#layout.features.length);
    values.set(this.#values);
    this.#values = values;
  }
}

function isNumber(field: string): boolean {
  return field.trim() !== "" && !Number.isNaN(Number(field));
}

function noSamples(file: string): DataProblem {
  return { code: "no-samples", message: "The table holds no samples.", file, expected: "at least 1 row" };
}
