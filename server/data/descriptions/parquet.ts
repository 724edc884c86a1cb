import { dirname } from "node:path";
import type { ParquetQuery } from "../../fileQuery.ts";
import type { DataProblem } from "../problem.ts";
import { columnProblem, featuresOf, openAll } from "../sources/parquet.ts";
import type { ImagesDescription } from "./description.ts";

/** Rows and columns of Parquet files, from their footers alone. */
export async function describeParquet(
  pattern: string,
  { image, label, features, size, channels }: ParquetQuery,
): Promise<ImagesDescription | DataProblem> {
  const shards = await openAll(pattern);
  if ("code" in shards) return shards;
  for (const shard of shards) await shard.close();
  const [{ columns = [], classNames: kept = {} } = {}] = shards;
  const problem = columnProblem(pattern, columns, label) ?? columnProblem(pattern, columns, image);
  if (problem) return problem;
  const named = label === undefined ? undefined : kept[label];
  const facts = {
    kind: "images",
    format: "images",
    bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
    count: shards.reduce((sum, { rows }) => sum + rows, 0),
    ...(named && { classes: named.length, classNames: named }),
    folders: [dirname(pattern), ...shards.map(({ file }) => file)],
  } as const;
  if (image !== undefined)
    return { ...facts, dtype: "uint8", ...(size && channels && { shape: [...size, channels] }) };
  const own = featuresOf(pattern, columns, { features, label });
  if ("code" in own) return own;
  const areScalar = own.every((name) => columns.find((column) => column.name === name)?.kind === "number");
  return { ...facts, dtype: "float32", ...(areScalar && { shape: [own.length], featureNames: own }) };
}
