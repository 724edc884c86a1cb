import { type LabelText, toClasses } from "../classNames.ts";
import { openBytes } from "../formats/bytes.ts";
import { type CsvRecord, placeOfField, readCsv } from "../formats/csv.ts";
import { noLabel } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import { featureNamesOf, layoutOf } from "../sources/csv.ts";
import type { DescribeHint, TableDescription } from "./description.ts";

/** Larger tables are not read through, so that the editor never waits for one. */
const mostBytes = 4_000_000;

/** Reads the first rows of a table for its columns, and a small table whole for its rows and classes. */
export async function describeTable(
  file: string,
  { columns }: DescribeHint,
): Promise<Omit<TableDescription, "bytes"> | DataProblem> {
  const source = await openBytes(file);
  if ("code" in source) return source;
  const isSmall = (source.size ?? source.mostBytes / 100) <= mostBytes;
  const records = readCsv(source, { delimiter: columns?.delimiter });
  try {
    const first = (await records.next()).value as CsvRecord | DataProblem | undefined;
    if (first === undefined) return { code: "no-samples", message: "The table holds no samples.", file };
    if ("code" in first) return first;
    const second = (await records.next()).value as CsvRecord | DataProblem | undefined;
    if (second && "code" in second) return second;
    const layout = layoutOf(file, first, second, columns ?? { label: 0 });
    if ("code" in layout) return layout;
    const featureNames = columns && featureNamesOf(layout);
    const description = {
      kind: "table",
      format: "csv",
      delimiter: first.delimiter,
      ...(layout.names && { columnNames: layout.names }),
      columns: layout.columns,
      ...(columns && { shape: [layout.features.length] }),
      ...(featureNames && { featureNames }),
    } as const;
    if (!isSmall) return description;
    let count = layout.names === undefined ? 1 : 0;
    const labels = new Map<string, LabelText & { readonly row: number; count: number }>();
    const see = (record: CsvRecord, row: number) => {
      const text = layout.label === undefined ? undefined : record.fields[layout.label]?.trim();
      if (layout.label === undefined || text === undefined) return;
      const seen = labels.get(text) ?? { text, ...placeOfField(record, layout.label), row, count: 0 };
      labels.set(text, seen);
      seen.count++;
    };
    if (layout.names === undefined) see(first, 0);
    if (second) see(second, count++);
    for await (const record of records) {
      if ("code" in record) return record;
      see(record, count++);
    }
    if (columns === undefined || layout.label === undefined) return { ...description, count };
    const texts = [...labels.values()];
    const classes = toClasses(texts, { file });
    if ("code" in classes) return classes;
    const { indices, ...known } = classes;
    const none = texts.filter((_, i) => indices[i] === noLabel);
    const unlabelled = none.reduce((sum, { count }) => sum + count, 0);
    const firstUnlabelled = Math.min(...none.map(({ row }) => row));
    return { ...description, count, ...known, ...(unlabelled > 0 && { unlabelled, firstUnlabelled }) };
  } finally {
    await records.return(undefined);
    await source.close();
  }
}
