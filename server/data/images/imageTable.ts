import { formatOf } from "../../fileQuery.ts";
import type { DataProblem } from "../problem.ts";
import type { LabelColumns } from "../tables/columnKinds.ts";
import { findLabels, LabelCollector } from "../tables/labelCollector.ts";
import { openTable } from "../tables/openTable.ts";
import { findColumn, textOf } from "../tables/table.ts";

/** A table that names images. */
interface ImageTable {
  /** As the table has them: relative to its own folder. */
  readonly paths: readonly string[];
  /** Of the rows that are used; absent where no column is a label. */
  readonly labels?: LabelCollector;
}

interface ImageColumns {
  readonly path: string | number;
  readonly label?: LabelColumns | undefined;
  /** Rows of which labels are used. */
  readonly first?: number;
  readonly end?: number;
}

export async function readImageTable(
  file: string,
  { path, label, first = 0, end = Number.POSITIVE_INFINITY }: ImageColumns,
): Promise<ImageTable | DataProblem> {
  const isByName = [path, label].flat().some((column) => typeof column === "string");
  const table = await openTable(file, formatOf(file), { isByName });
  if ("code" in table) return table.code === "no-samples" ? noRows(file) : table;
  try {
    const [pathColumn, labelColumns] = [findColumn(table, path), findLabels(table, label)];
    if ("code" in labelColumns) return labelColumns;
    if (typeof pathColumn === "object") return pathColumn;
    const labels = labelColumns.length === 0 ? undefined : new LabelCollector(labelColumns, table);
    const paths: string[] = [];
    const always = [pathColumn, ...labelColumns];
    for await (const next of table.rows({ always, columns: [], first: 0, end: 0 })) {
      if ("code" in next) return next;
      const row = paths.length;
      labels?.add(next, { row, isUsed: row >= first && row < end });
      paths.push(textOf(next.cells[pathColumn]));
    }
    if (paths.length === 0) return noRows(file);
    return { paths, ...(labels && { labels }) };
  } finally {
    await table.close();
  }
}

const noRows = (file: string): DataProblem => ({
  code: "no-samples",
  message: "The table names no images.",
  file,
  expected: "at least 1 row",
});
