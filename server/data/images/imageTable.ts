import type { LabelText } from "../classNames.ts";
import { openBytes } from "../formats/bytes.ts";
import { type CsvRecord, placeOfField, readCsv } from "../formats/csv.ts";
import type { DataProblem } from "../problem.ts";
import { layoutOf } from "../sources/csv.ts";

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
  const bytes = await openBytes(file);
  if ("code" in bytes) return bytes;
  const records = readCsv(bytes, { delimiter: undefined });
  try {
    const first = (await records.next()).value as CsvRecord | DataProblem | undefined;
    if (first === undefined) return noRows(file);
    if ("code" in first) return first;
    const layout = layoutOf(file, first, undefined, { label, features: [path] });
    if ("code" in layout) return layout;
    const [pathColumn = 0] = layout.features;
    const [paths, labels]: [string[], number[]] = [[], []];
    const texts = new Map<string, LabelText & { readonly at: number }>();
    const add = (record: CsvRecord): DataProblem | undefined => {
      const found = record.fields.length;
      if (found !== layout.columns) {
        const message = `A row has ${found} fields, the first one has ${layout.columns}.`;
        return {
          code: "bad-csv",
          message,
          file,
          ...placeOfField(record, 0),
          expected: layout.columns,
          found,
        };
      }
      paths.push((record.fields[pathColumn] as string).trim());
      if (layout.label === undefined) return undefined;
      const text = (record.fields[layout.label] as string).trim();
      const known = texts.get(text) ?? { text, ...placeOfField(record, layout.label), at: texts.size };
      texts.set(text, known);
      labels.push(known.at);
      return undefined;
    };
    if (layout.names === undefined) add(first);
    for await (const record of records) {
      const problem = "code" in record ? record : add(record);
      if (problem) return problem;
    }
    if (paths.length === 0) return noRows(file);
    return { paths, texts: [...texts.values()], ...(layout.label === undefined ? {} : { labels }) };
  } finally {
    await records.return(undefined);
    await bytes.close();
  }
}

const noRows = (file: string): DataProblem => ({
  code: "no-samples",
  message: "The table names no images.",
  file,
  expected: "at least 1 row",
});
