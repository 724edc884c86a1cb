import type { SchemaElement } from "hyparquet";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { type LogRow, logColumns } from "./logRows.ts";

const types: Readonly<Record<keyof LogRow, Omit<SchemaElement, "name">>> = {
  run: { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  seq: { type: "INT32", repetition_type: "REQUIRED" },
  time: { type: "DOUBLE", repetition_type: "REQUIRED" },
  step: { type: "INT32", repetition_type: "REQUIRED" },
  epoch: { type: "DOUBLE", repetition_type: "REQUIRED" },
  name: { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  value: { type: "DOUBLE", repetition_type: "OPTIONAL" },
};

/** Rows that are held until they are written as a row group. */
const groupSize = 100_000;

/** Writes rows as an Apache Parquet file with the columns of the CSV, in memory for one row group. */
export async function writeParquet(file: string, blocks: AsyncIterable<readonly LogRow[]>): Promise<void> {
  const schema = [
    { name: "root", num_children: logColumns.length },
    ...logColumns.map((name) => ({ name, ...types[name] })),
  ];
  const writer = new ParquetWriter({ writer: fileWriter(file), schema });
  const write = (rows: readonly LogRow[]) =>
    writer.write({
      columnData: logColumns.map((name) => ({ name, data: rows.map((row) => row[name]) })),
      rowGroupSize: groupSize,
    });
  let held: LogRow[] = [];
  for await (const rows of blocks) {
    held = held.concat(rows);
    while (held.length >= groupSize) await write(held.splice(0, groupSize));
  }
  if (held.length > 0) await write(held);
  await writer.finish();
}
