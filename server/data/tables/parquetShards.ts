import { basename } from "node:path";
import { openParquet, type ParquetFile, shardsOf } from "../formats/parquet.ts";
import type { DataProblem } from "../problem.ts";
import { refusal } from "../reading.ts";

/** Every shard, of which all have to have the columns of the first. */
export async function openAll(pattern: string): Promise<readonly ParquetFile[] | DataProblem> {
  const files = await shardsOf(pattern);
  if (files.length === 0)
    return (
      (await refusal(pattern)) ?? {
        code: "missing-file",
        message: "No file has a name of this pattern.",
        file: pattern,
      }
    );
  const opened: ParquetFile[] = [];
  for (const file of files) {
    const next = await openParquet(file);
    const problem = "code" in next ? next : otherColumns(next, opened[0] ?? next);
    if (!("code" in next)) opened.push(next);
    if (problem === undefined) continue;
    for (const shard of opened) await shard.close();
    return problem;
  }
  return opened;
}

/** Columns are found by name, whatever their order in a shard. */
function otherColumns(shard: ParquetFile, first: ParquetFile): DataProblem | undefined {
  const kinds = (of: ParquetFile) => of.columns.map(({ name, kind }) => `${name} (${kind})`).toSorted();
  const [expected, found] = [kinds(first), kinds(shard)];
  if (expected.join() === found.join()) return undefined;
  return {
    code: "missing-column",
    message: `The columns are not those of ${basename(first.file)}.`,
    file: shard.file,
    expected: expected.filter((column) => !found.includes(column)).join(", ") || "none besides",
    found: found.filter((column) => !expected.includes(column)).join(", ") || "no such",
  };
}
