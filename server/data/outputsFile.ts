import type { OutputsQuery } from "../fileQuery.ts";
import { openFileValues } from "./fileValues.ts";
import { type ArrayHeader, checkSize, readArray } from "./formats/array.ts";
import { type ByteSource, openBytes, openFile, readAt } from "./formats/bytes.ts";
import { type CsvRecord, placeOfField, readCsv } from "./formats/csv.ts";
import { elementBytes } from "./formats/elements.ts";
import { readNpyHeader } from "./formats/npy.ts";
import { openZipEntry, readZipDirectory } from "./formats/zip.ts";
import { whyOnDisk } from "./placement.ts";
import type { DataProblem } from "./problem.ts";
import { type SampleValues, valuesInMemory } from "./sampleValues.ts";
import { arrayName } from "./sources/npz.ts";

/** What a file says of samples, a row each: [rows, columns], one column a class. */
export interface OutputsTable extends OutputsShape {
  /** [rows, columns], as the file has them: they may be no numbers. Many stay in the file. */
  readonly values: SampleValues;
}

export interface OutputsShape {
  readonly file: string;
  readonly rows: number;
  readonly columns: number;
  readonly dtype: string;
  /** Of a table with a header: its columns. */
  readonly columnNames?: readonly string[];
}

/** Reads a teacher's outputs of samples from an .npy file, an array of an .npz archive, or a table of numbers. */
export const readOutputs = (file: string, query: OutputsQuery): Promise<OutputsTable | DataProblem> =>
  inFile(file, query, { whole: true }) as Promise<OutputsTable | DataProblem>;

/** Number of rows and classes; undefined of a table that is not small. */
export const outputsShape = (
  file: string,
  query: OutputsQuery,
): Promise<OutputsShape | undefined | DataProblem> => inFile(file, query, { whole: false });

interface HowMuch {
  readonly whole: boolean;
}

/** Larger tables, which are text, are not read for the editor. */
const mostTableBytes = 4_000_000;

async function inFile(
  file: string,
  query: OutputsQuery,
  how: HowMuch,
): Promise<OutputsTable | OutputsShape | undefined | DataProblem> {
  const archive = await openFile(file);
  if ("code" in archive) return archive;
  try {
    const head = await readAt(archive, 0, 6);
    if ("code" in head) return head;
    const magic = String.fromCharCode(...head);
    if (magic.startsWith("PK")) {
      const entries = await readZipDirectory(archive);
      if ("code" in entries) return entries;
      const named = entries.map((entry) => ({ name: arrayName(entry), entry }));
      const chosen = chosenArray(
        file,
        named.map(({ name }) => name),
        query,
      );
      if (typeof chosen === "object") return chosen;
      const found = named.find(({ name }) => name === chosen) as (typeof named)[number];
      const source = await openZipEntry(archive, found.entry);
      return "code" in source ? source : await fromArray(source, how);
    }
    if (magic === "\x93NUMPY") {
      const source = await openBytes(file);
      return "code" in source ? source : await fromArray(source, how);
    }
    if (!how.whole && archive.size > mostTableBytes) return undefined;
  } finally {
    await archive.handle.close();
  }
  return fromTable(file);
}

/** The array that is asked for; else the one that is called as the samples are, or as what it holds; else the only one. */
function chosenArray(
  file: string,
  names: readonly string[],
  { array, source }: OutputsQuery,
): string | DataProblem {
  const likely = array === undefined ? [source, ...usualNames] : [array];
  const name = likely.find((name) => names.includes(name));
  if (name !== undefined) return name;
  const [only] = names;
  if (array === undefined && names.length === 1 && only !== undefined) return only;
  const message =
    array === undefined
      ? `Which array has the teacher's outputs is not clear: name it with \`array\`.`
      : `There is no array "${array}" in the archive.`;
  const expected = names.length === 0 ? "an archive with arrays" : names.slice(0, 20).join(", ");
  return { code: "missing-array", message, file, expected, ...(array === undefined ? {} : { found: array }) };
}

const usualNames = ["logits", "probabilities", "logProbabilities", "log_probabilities", "outputs", "y_pred"];

async function fromArray(
  source: ByteSource,
  { whole }: HowMuch,
): Promise<OutputsTable | OutputsShape | DataProblem> {
  try {
    const header = await readNpyHeader(source);
    if ("code" in header) return header;
    const [rows = 0] = header.shape;
    const problem = checkSize(source, header) ?? shapeProblem(source.file, header);
    if (problem !== undefined) return problem;
    const [columns = 1] = axesOf(header);
    const shape = { file: source.file, rows, columns, dtype: header.type.kind };
    if (!whole) return shape;
    const { place } = source;
    if (place !== undefined && !header.columnMajor && whyOnDisk(4 * rows * columns, "auto") !== undefined) {
      const stride = columns * elementBytes[header.type.kind];
      const offset = place.start + header.dataOffset;
      const stored = { offset, stride, count: rows, size: columns, type: header.type };
      const values = await openFileValues(place.file, stored, { dtype: "float32" });
      return "code" in values ? values : { ...shape, values };
    }
    const read = await readArray(source, header, rows, "compact");
    if ("code" in read) return read;
    const values = valuesInMemory(read instanceof Float32Array ? read : Float32Array.from(read), columns);
    return { ...shape, values };
  } finally {
    await source.close();
  }
}

/** Of one sample, without those of 1 that a global pooling leaves behind. */
const axesOf = ({ shape: [, ...own] }: Pick<ArrayHeader, "shape">): readonly number[] => {
  const last = own.findLastIndex((extent) => extent !== 1);
  return own.slice(0, Math.max(1, last + 1));
};

function shapeProblem(file: string, { shape }: ArrayHeader): DataProblem | undefined {
  const found = `[${shape.join(", ")}]`;
  if (shape.length > 0 && shape.includes(0))
    return {
      code: "no-samples",
      message: "The array is empty.",
      file,
      expected: "[samples, classes]",
      found,
    };
  if (shape.length > 0 && axesOf({ shape }).length <= 1) return undefined;
  const message = "The array has more axes than samples and classes.";
  return { code: "shape-mismatch", message, file, expected: "[samples, classes]", found };
}

async function fromTable(file: string): Promise<OutputsTable | DataProblem> {
  const source = await openBytes(file);
  if ("code" in source) return source;
  const records = readCsv(source, { delimiter: undefined });
  try {
    let columnNames: string[] | undefined;
    let columns = 0;
    let rows = 0;
    let values = new Float32Array(1024);
    for await (const record of records) {
      if ("code" in record) return record;
      const { fields } = record;
      if (columns === 0) {
        columns = fields.length;
        if (isHeader(fields)) {
          columnNames = fields.map((field) => field.trim());
          continue;
        }
      }
      if (fields.length !== columns)
        return badTable(
          file,
          record,
          `A row has ${fields.length} fields, the first one has ${columns}.`,
          String(columns),
        );
      if (values.length < (rows + 1) * columns) {
        const more = new Float32Array(2 * (rows + 1) * columns);
        more.set(values);
        values = more;
      }
      for (const [column, field] of fields.entries()) {
        const value = numberIn(field);
        if (value === undefined) return noNumber(file, record, column);
        values[rows * columns + column] = value;
      }
      rows++;
    }
    if (rows === 0)
      return {
        code: "no-samples",
        message: "The table holds no rows.",
        file,
        expected: "a row for each sample",
      };
    const shape = { file, rows, columns, dtype: "text", ...(columnNames && { columnNames }) };
    return (
      indexProblem(shape, values) ?? {
        ...shape,
        values: valuesInMemory(values.subarray(0, rows * columns), columns),
      }
    );
  } finally {
    await records.return(undefined);
    await source.close();
  }
}

/** Names of the classes, or as pandas calls columns without names: by their numbers, of which each is there once. */
function isHeader(fields: readonly string[]): boolean {
  const numbers = fields.map(numberIn);
  return numbers.includes(undefined) || fields.every((_, k) => numbers.includes(k));
}

/** pandas writes the number of a row before it, under no name. */
function indexProblem(
  { file, rows, columns, columnNames }: OutputsShape,
  values: Float32Array,
): DataProblem | undefined {
  const isCounted = columnNames?.[0] === "" && columns > 2;
  for (let row = 0; isCounted && row < rows; row++) if (values[row * columns] !== row) return undefined;
  if (!isCounted) return undefined;
  return {
    code: "bad-csv",
    message: "The first column counts the rows. Leave it out: in pandas, to_csv(…, index=False).",
    file,
    line: 1,
  };
}

/** NaN and infinities are numbers here: which of them may stand is for who knows what they are. */
function numberIn(field: string): number | undefined {
  const text = field.trim();
  if (/^[+-]?(inf|infinity)$/i.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}

const badTable = (file: string, record: CsvRecord, message: string, expected: string): DataProblem => ({
  code: "bad-csv",
  message,
  file,
  line: placeOfField(record, 0).line,
  expected,
  found: record.fields.length,
});

function noNumber(file: string, record: CsvRecord, column: number): DataProblem {
  const text = (record.fields[column] as string).trim();
  return {
    code: "not-a-number",
    message: `Column ${column} has ${text === "" ? "nothing" : "text"} here where a number is needed.`,
    file,
    ...placeOfField(record, column),
    expected: "a number",
    found: `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`,
  };
}
