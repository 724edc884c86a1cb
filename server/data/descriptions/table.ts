import type { ColumnFacts, SampleFacts } from "../../fileHeaders.ts";
import type { TableFormat } from "../../fileQuery.ts";
import { GrowingRows } from "../cache/growingRows.ts";
import { noLabel } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import { statsOf } from "../reading.ts";
import { taskPart } from "../sources/arrays.ts";
import { isByName } from "../sources/csv.ts";
import { CellCollector, type Cells } from "../tables/cells.ts";
import { type FeatureColumn, featureColumns } from "../tables/columns.ts";
import type { CsvTable } from "../tables/csvTable.ts";
import { columnsOf } from "../tables/fit.ts";
import type { RawColumn } from "../tables/fittedColumn.ts";
import { findLabels, LabelCollector } from "../tables/labelCollector.ts";
import { openTable } from "../tables/openTable.ts";
import type { Table } from "../tables/table.ts";
import type { TextLabelOptions, TextLabels } from "../textLabels.ts";
import type { DescribeHint, TableDescription } from "./description.ts";

/** Larger ones are not read through, so that the editor never waits for one. */
export const mostBytes = 4_000_000;
/** Of those only these. */
const firstRows = 1000;

type Described = Omit<TableDescription, "bytes">;

/** Reads the first rows of a table for its columns, and a small table whole for its rows and classes. */
export async function describeTable(
  file: string,
  format: TableFormat,
  { columns, task }: DescribeHint,
): Promise<Described | DataProblem> {
  const isSmall = (await unpackedBytes(file)) <= mostBytes;
  const table = await openTable(file, format, { ...columns, isByName: isByName(columns ?? {}) });
  if ("code" in table) return table;
  try {
    return await describeRows(table, { format, requested: columns, task, isSmall });
  } finally {
    await table.close();
  }
}

/** As many as a file may have once it is unpacked. */
export const unpackedBytes = async (file: string): Promise<number> =>
  ((await statsOf(file))?.size ?? 0) * (/\.gz$/i.test(file) ? 100 : 1);

async function describeRows(
  table: Table & Partial<Pick<CsvTable, "delimiter">>,
  {
    format,
    requested,
    task: declaredTask,
    isSmall,
  }: {
    readonly format: TableFormat;
    readonly requested: DescribeHint["columns"];
    readonly task: DescribeHint["task"];
    readonly isSmall: boolean;
  },
): Promise<Described | DataProblem> {
  const { file, delimiter } = table;
  const label = findLabels(table, requested?.label);
  if ("code" in label) return label;
  const found = featureColumns(table, { features: requested?.features, label });
  if ("code" in found) return found;
  const cells = new CellCollector(file, found.columns, {
    first: 0,
    isComplete: false,
    rows: new GrowingRows(file, {}),
  });
  const labels = new LabelCollector(label, table);
  let [row, isReadable] = [0, true];
  const always = [...label, ...found.columns.map(({ at }) => at)];
  for await (const next of table.rows({ always, columns: [], first: 0, end: 0 })) {
    if ("code" in next) return next;
    labels.add(next, { row, isUsed: true });
    // The reader of samples reports a cell that cannot be read.
    isReadable = isReadable && cells.add(next) === undefined;
    row++;
    if (!isSmall && row === firstRows) break;
  }
  const read = isReadable ? await cells.finish() : undefined;
  const known = read === undefined || "code" in read ? undefined : read;
  const isAsArray = known?.columns.every(
    ({ as, missing }) => (as === "number" || as === "boolean") && missing !== "own",
  );
  const width = known === undefined ? found.columns.length : known.columns.length;
  const names = namesOf(table, found.columns);
  const description: Described = {
    kind: "table",
    format,
    ...(delimiter !== undefined && { delimiter }),
    ...(table.isNamed && { columnNames: table.columns.map(({ name }) => name) }),
    columns: table.columns.length,
    ...(known && { columnFacts: factsOf(known) }),
    ...(found.leftOut.unread.length > 0 && { unreadColumns: found.leftOut.unread }),
    ...(requested && isAsArray !== false && { shape: [width] }),
    ...(requested && names && isAsArray !== false && width === names.length && { featureNames: names }),
  };
  if (!isSmall) return description;
  if (requested === undefined || label.length === 0) return { ...description, count: row };
  const separator = requested.labelSeparator;
  const classes = labelFacts(labels, { file, task: declaredTask, separator });
  return "code" in classes ? classes : { ...description, count: row, ...classes };
}

/** Labels of the first rows of a table. */
export interface FirstLabels extends SampleFacts {
  readonly count: number;
  /** There are no more rows. */
  readonly areAll: boolean;
}

/** A large table is not read through while a person waits. */
export async function describeFirstLabels(
  file: string,
  format: TableFormat,
  columns: NonNullable<DescribeHint["columns"]>,
): Promise<FirstLabels | DataProblem> {
  const table = await openTable(file, format, { ...columns, isByName: isByName(columns) });
  if ("code" in table) return table;
  try {
    const label = findLabels(table, columns.label);
    if ("code" in label) return label;
    const labels = new LabelCollector(label, table);
    let count = 0;
    for await (const next of table.rows({ always: label, columns: [], first: 0, end: 0 })) {
      if ("code" in next) return next;
      labels.add(next, { row: count, isUsed: true });
      if (++count === firstRows) break;
    }
    const facts = labelFacts(labels, { file });
    return "code" in facts ? facts : { ...facts, count, areAll: count < firstRows };
  } finally {
    await table.close();
  }
}

/** What the cells of columns are in the first rows of a table; undefined where one cannot be read, which the reader of samples reports. */
export async function columnFactsOf(
  table: Table,
  columns: readonly FeatureColumn[],
): Promise<readonly ColumnFacts[] | undefined> {
  const { file } = table;
  const rows = new GrowingRows(file, {});
  const cells = new CellCollector(file, columns, { first: 0, isComplete: false, rows });
  for await (const next of table.rows({
    always: [],
    columns: columns.map(({ at }) => at),
    first: 0,
    end: firstRows,
  })) {
    if ("code" in next || cells.add(next) !== undefined) return undefined;
    if (cells.count === firstRows) break;
  }
  if (cells.count === 0) return undefined;
  const known = await cells.finish();
  return "code" in known ? undefined : factsOf(known);
}

/** What collected labels are of, and how many are missing. */
export function labelFacts(labels: LabelCollector, options: TextLabelOptions): SampleFacts | DataProblem {
  const found = labels.finish({ ...options, labelling: "some" });
  return "code" in found ? found : factsOfLabels(found);
}

export function factsOfLabels({ labels: own, targets: _, task, ...named }: TextLabels): SampleFacts {
  const firstUnlabelled = own.indexOf(noLabel);
  const unlabelled = own.filter((index) => index === noLabel).length;
  return { ...taskPart(task), ...named, ...(unlabelled > 0 && { unlabelled, firstUnlabelled }) };
}

function namesOf({ columns, isNamed }: Table, features: readonly FeatureColumn[]): string[] | undefined {
  if (!isNamed || new Set(columns.map(({ name }) => name)).size < columns.length) return undefined;
  return features.map(({ name }) => name);
}

/** Most distinct texts that are listed with their counts. */
const mostFrequent = 5;
/** Most columns that are listed. */
const mostColumns = 200;

function factsOf({ columns, values }: Cells): ColumnFacts[] {
  const rows = Int32Array.from({ length: values.count }, (_, row) => row);
  const described = columns.slice(0, mostColumns);
  return [...columnsOf(values, rows, described.length)].map(({ at, values: own }) => {
    const { name, as, texts } = described[at] as RawColumn;
    const there = own.filter((value) => !Number.isNaN(value));
    const facts = { name, as, missing: own.length - there.length };
    if (texts === undefined)
      return {
        ...facts,
        ...(there.length > 0 && {
          range: [there.reduce((a, b) => Math.min(a, b)), there.reduce((a, b) => Math.max(a, b))] as const,
        }),
      };
    const counts = texts.map(() => 0);
    for (const id of there) counts[id] = (counts[id] ?? 0) + 1;
    const sorted = texts
      .map((text, id) => [text, counts[id] as number] as const)
      .toSorted((a, b) => b[1] - a[1]);
    return { ...facts, different: texts.length, frequent: sorted.slice(0, mostFrequent) };
  });
}
