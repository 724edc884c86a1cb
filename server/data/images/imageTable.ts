import { formatOf } from "../../fileQuery.ts";
import type { LabelText } from "../classNames.ts";
import type { DataProblem } from "../problem.ts";
import { openTable } from "../tables/openTable.ts";
import { findColumn, textOf } from "../tables/table.ts";

/** A table that names images. */
export interface ImageTable {
  /** As the table has them: relative to its own folder. */
  readonly paths: readonly string[];
  /** Places in `texts`, one a path; absent where no column is a label. */
  readonly labels?: readonly number[];
  /** The different labels. */
  readonly texts: readonly LabelText[];
}

export interface ImageColumns {
  readonly path: string | number;
  readonly label?: string | number | undefined;
}

export async function readImageTable(
  file: string,
  { path, label }: ImageColumns,
): Promise<ImageTable | DataProblem> {
  const isByName = typeof path === "string" || typeof label === "string";
  const table = await openTable(file, formatOf(file), { isByName });
  if ("code" in table) return table.code === "no-samples" ? noRows(file) : table;
  try {
    const [pathColumn, labelColumn] = [
      findColumn(table, path),
      label === undefined ? undefined : findColumn(table, label),
    ];
    if (typeof labelColumn === "object") return labelColumn;
    if (typeof pathColumn === "object") return pathColumn;
    const [paths, labels]: [string[], number[]] = [[], []];
    const texts = new Map<string, LabelText & { readonly at: number }>();
    const always = [pathColumn, ...(labelColumn === undefined ? [] : [labelColumn])];
    for await (const row of table.rows({ always, columns: [], first: 0, end: 0 })) {
      if ("code" in row) return row;
      paths.push(textOf(row.cells[pathColumn]));
      if (labelColumn === undefined) continue;
      const text = String(row.cells[labelColumn] ?? "").trim();
      let known = texts.get(text);
      if (known === undefined) {
        const { line = paths.length, column = 1 } = row.placeOf?.(labelColumn) ?? {};
        known = { text, line, column, at: texts.size };
        texts.set(text, known);
      }
      labels.push(known.at);
    }
    if (paths.length === 0) return noRows(file);
    return { paths, texts: [...texts.values()], ...(labelColumn === undefined ? {} : { labels }) };
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
