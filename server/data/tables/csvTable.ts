import type { ByteSource } from "../formats/bytes.ts";
import { type CsvRecord, placeOfField, readCsv } from "../formats/csv.ts";
import type { DataProblem } from "../problem.ts";
import type { Table, TableRow } from "./table.ts";

export interface CsvOptions {
  readonly delimiter?: string | undefined;
  /** Absent: the first record is a header if columns are asked for by name, or if it has text above numbers. */
  readonly header?: boolean | undefined;
  /** Columns are asked for by name. */
  readonly isByName: boolean;
}

export interface CsvTable extends Table {
  readonly delimiter: string;
  /** Without waiting for rows that were not read. */
  close(): Promise<void>;
}

/** A table of delimited values. Its rows can be read once. */
export async function openCsvTable(
  bytes: ByteSource,
  { delimiter, header, isByName }: CsvOptions,
): Promise<CsvTable | DataProblem> {
  const { file } = bytes;
  const records = readCsv(bytes, { delimiter });
  const next = async () => (await records.next()).value as CsvRecord | DataProblem | undefined;
  const first = await next();
  if (first === undefined) return noRows(file);
  if ("code" in first) return first;
  const second = await next();
  if (second && "code" in second) return second;
  const isNamed = header ?? (isByName || isTextAboveNumbers(first, second));
  const columns = first.fields.map((field, i) => ({ name: isNamed ? field.trim() : String(i) }));
  return {
    file,
    delimiter: first.delimiter,
    columns,
    isNamed,
    progress: bytes.progress,
    async *rows() {
      for (const record of isNamed ? [second] : [first, second]) if (record) yield toRow(record);
      for await (const record of records) yield "code" in record ? record : toRow(record);
    },
    async close() {
      await records.return(undefined);
    },
  };

  function toRow(record: CsvRecord): TableRow | DataProblem {
    if (record.fields.length === columns.length)
      return { cells: record.fields, placeOf: (column) => placeOfField(record, column) };
    return {
      code: "bad-csv",
      message: `A row has ${record.fields.length} fields, the first one has ${columns.length}.`,
      file,
      line: placeOfField(record, 0).line,
      expected: columns.length,
      found: record.fields.length,
    };
  }
}

const isTextAboveNumbers = ({ fields }: CsvRecord, second: CsvRecord | undefined): boolean =>
  fields.some((field, i) => {
    const below = second?.fields[i];
    return !isNumber(field) && below !== undefined && isNumber(below);
  });

const isNumber = (field: string): boolean => field.trim() !== "" && !Number.isNaN(Number(field));

export const noRows = (file: string): DataProblem => ({
  code: "no-samples",
  message: "The table holds no samples.",
  file,
  expected: "at least 1 row",
});
