import { dirname } from "node:path";
import type { SampleFacts } from "../../fileHeaders.ts";
import type { ParquetQuery } from "../../fileQuery.ts";
import { damaged, type ParquetFile } from "../formats/parquet.ts";
import { mostShown } from "../images/picture.ts";
import type { DataProblem } from "../problem.ts";
import { firstImages } from "../sources/parquet.ts";
import { featureColumns } from "../tables/columns.ts";
import { findLabels, LabelCollector } from "../tables/labelCollector.ts";
import { openAll } from "../tables/parquetShards.ts";
import { parquetTable } from "../tables/parquetTable.ts";
import { findColumn, type Table } from "../tables/table.ts";
import type { DescribeHint, ImagesDescription } from "./description.ts";
import { looksOf } from "./images.ts";
import { columnFactsOf, labelFacts } from "./table.ts";

/** Of a larger row group neither images nor cells are read, so that the editor never waits for one. */
const mostBytes = 20_000_000;

type Asked = ParquetQuery & Pick<DescribeHint, "task">;

/** Rows and columns of Parquet files, from their footers, and what their first images look like. */
export async function describeParquet(
  pattern: string,
  query: Asked,
): Promise<ImagesDescription | DataProblem> {
  const shards = await openAll(pattern);
  if ("code" in shards) return shards;
  try {
    return await describeShards(pattern, shards, query);
  } catch (error) {
    return damaged(pattern, error);
  } finally {
    for (const shard of shards) await shard.close();
  }
}

async function describeShards(
  pattern: string,
  shards: readonly ParquetFile[],
  { image, label, labelSeparator: separator, isUnlabelled, features, size, channels, task }: Asked,
): Promise<ImagesDescription | DataProblem> {
  const table = parquetTable(pattern, shards);
  const labels = findLabels(table, label);
  if ("code" in labels) return labels;
  const imageColumn = image === undefined ? undefined : findColumn(table, image);
  if (typeof imageColumn === "object") return imageColumn;
  const classes = await classesOf(table, { labels, isUnlabelled, separator, task });
  if ("code" in classes) return classes;
  const facts = {
    kind: "images",
    format: "images",
    bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
    count: table.count,
    columnNames: table.columns.map(({ name }) => name),
    ...classes,
    folders: [dirname(pattern), ...shards.map(({ file }) => file)],
  } as const;
  const isQuick = (shards[0]?.groupBytes ?? 0) <= mostBytes;
  if (imageColumn !== undefined) {
    const images = isQuick ? await firstImages(table, imageColumn, mostShown) : [];
    const readers = images.map(({ read }) => async () => {
      const bytes = await read();
      return "why" in bytes ? undefined : bytes;
    });
    const looks = await looksOf(pattern, readers, {
      query: { ...(size && { size }), ...(channels && { channels }) },
      shown: readers,
    });
    if ("code" in looks) return looks;
    return { ...facts, dtype: "uint8", ...(size && channels && { shape: [...size, channels] }), ...looks };
  }
  const own = featureColumns(table, { features, label: labels });
  if ("code" in own) return own;
  const areScalar = own.columns.every(({ at, as = "number", missing }) => {
    const { kind } = table.columns[at] ?? {};
    return (kind === "number" || kind === "boolean") && as === "number" && missing !== "own";
  });
  const featureNames = own.columns.map(({ name }) => name);
  const columnFacts = isQuick ? await columnFactsOf(table, own.columns) : undefined;
  return {
    ...facts,
    dtype: "float32",
    ...(areScalar && { shape: [featureNames.length], featureNames }),
    ...(columnFacts && { columnFacts }),
  };
}

/** Of more rows the labels are not read through; they alone are read quickly. */
const mostLabels = 50_000;

async function classesOf(
  table: Table & { readonly count: number },
  {
    labels: columns,
    isUnlabelled = false,
    ...options
  }: {
    readonly labels: readonly number[];
    readonly isUnlabelled: boolean | undefined;
    readonly separator: string | undefined;
    readonly task: DescribeHint["task"];
  },
): Promise<SampleFacts | DataProblem> {
  const [only, ...more] = columns;
  if (only === undefined || isUnlabelled) return {};
  const named = more.length === 0 ? table.columns[only]?.classNames : undefined;
  if (named) return { classes: named.length, classNames: named };
  if (table.count > mostLabels) return {};
  const labels = new LabelCollector(columns, table);
  let row = 0;
  for await (const next of table.rows({ always: columns, columns: [], first: 0, end: 0 })) {
    if ("code" in next) return next;
    labels.add(next, { row: row++, isUsed: true });
  }
  return labelFacts(labels, { file: table.file, ...options });
}
