import type { ParquetFile } from "../formats/parquet.ts";
import type { Table, TableRow } from "./table.ts";

/** Rows of all shards as one table. */
export function parquetTable(
  file: string,
  shards: readonly ParquetFile[],
): Table & { readonly count: number } {
  const [{ columns = [], classNames: kept = {} } = {}] = shards;
  return {
    file,
    columns: columns.map(({ name, kind }) => ({ name, kind, ...(kept[name] && { classNames: kept[name] }) })),
    isNamed: true,
    count: shards.reduce((sum, { rows }) => sum + rows, 0),
    async *rows({ always, columns: wanted, first, end }) {
      const all = [...new Set([...always, ...wanted])];
      let start = 0;
      for (const shard of shards) {
        const [from, to] = [clamp(first - start, shard.rows), clamp(end - start, shard.rows)];
        yield* cellsOf(shard, always, 0, from);
        yield* cellsOf(shard, all, from, to);
        yield* cellsOf(shard, always, to, shard.rows);
        start += shard.rows;
      }
    },
  };

  async function* cellsOf(
    shard: ParquetFile,
    requested: readonly number[],
    first: number,
    end: number,
  ): AsyncGenerator<TableRow> {
    if (first >= end) return;
    const none: TableRow = { cells: [] };
    if (requested.length === 0) {
      for (let row = first; row < end; row++) yield none;
      return;
    }
    const names = requested.map((column) => columns[column]?.name as string);
    for await (const lists of shard.cellsOf(names, first, end))
      for (let row = 0; row < (lists[0]?.length ?? 0); row++) {
        const cells: unknown[] = [];
        for (const [i, column] of requested.entries()) cells[column] = lists[i]?.[row];
        yield { cells };
      }
  }
}

const clamp = (row: number, rows: number): number => Math.min(Math.max(0, row), rows);
