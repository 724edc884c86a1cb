import { dirname } from "node:path";
import type { ParquetQuery } from "../../fileQuery.ts";
import type { DataProblem } from "../problem.ts";
import { openAll } from "../sources/parquet.ts";
import { featureColumns } from "../tables/columns.ts";
import { parquetTable } from "../tables/parquetTable.ts";
import { findColumn } from "../tables/table.ts";
import type { ImagesDescription } from "./description.ts";

/** Rows and columns of Parquet files, from their footers alone. */
export async function describeParquet(
  pattern: string,
  { image, label, features, size, channels }: ParquetQuery,
): Promise<ImagesDescription | DataProblem> {
  const shards = await openAll(pattern);
  if ("code" in shards) return shards;
  for (const shard of shards) await shard.close();
  const table = parquetTable(pattern, shards);
  const labelColumn = label === undefined ? undefined : findColumn(table, label);
  if (typeof labelColumn === "object") return labelColumn;
  const imageColumn = image === undefined ? undefined : findColumn(table, image);
  if (typeof imageColumn === "object") return imageColumn;
  const named = labelColumn === undefined ? undefined : table.columns[labelColumn]?.classNames;
  const facts = {
    kind: "images",
    format: "images",
    bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
    count: table.count,
    columnNames: table.columns.map(({ name }) => name),
    ...(named && { classes: named.length, classNames: named }),
    folders: [dirname(pattern), ...shards.map(({ file }) => file)],
  } as const;
  if (image !== undefined)
    return { ...facts, dtype: "uint8", ...(size && channels && { shape: [...size, channels] }) };
  const own = featureColumns(table, { features, label: labelColumn });
  if ("code" in own) return own;
  const areScalar = own.columns.every(({ at, as = "number", missing }) => {
    const { kind } = table.columns[at] ?? {};
    return (kind === "number" || kind === "boolean") && as === "number" && missing !== "own";
  });
  const featureNames = own.columns.map(({ name }) => name);
  return { ...facts, dtype: "float32", ...(areScalar && { shape: [featureNames.length], featureNames }) };
}
