import type { TableFormat } from "../../fileQuery.ts";
import { openBytes } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";
import { type CsvOptions, openCsvTable } from "./csvTable.ts";
import { openJsonlTable } from "./jsonlTable.ts";
import { openAll } from "./parquetShards.ts";
import { parquetTable } from "./parquetTable.ts";
import type { Table } from "./table.ts";

/** Opens a table of any format, to be read once and closed: of Parquet all files that a pattern stands for. */
export async function openTable(
  file: string,
  format: TableFormat,
  options: CsvOptions,
): Promise<(Table & { readonly close: () => Promise<void> }) | DataProblem> {
  if (format === "parquet") {
    const shards = await openAll(file);
    if ("code" in shards) return shards;
    return {
      ...parquetTable(file, shards),
      async close() {
        for (const shard of shards) await shard.close();
      },
    };
  }
  const bytes = await openBytes(file, { isJsonl: format === "jsonl" });
  if ("code" in bytes) return bytes;
  const table = await (format === "jsonl" ? openJsonlTable(bytes) : openCsvTable(bytes, options));
  if ("code" in table) {
    await bytes.close();
    return table;
  }
  return {
    ...table,
    async close() {
      await table.close();
      await bytes.close();
    },
  };
}
