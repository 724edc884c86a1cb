import type { GrowingRows } from "../cache/growingRows.ts";
import { keptSamples, likeKey, placeOf } from "../cache/keptSamples.ts";
import type { Progress } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";
import { type Remark, type Samples, withHash } from "../samples.ts";
import { checkLike, checkShape, checkSkip, taskPart } from "../sources/arrays.ts";
import type { LoadOptions } from "../sources/options.ts";
import { withoutLabels } from "../textLabels.ts";
import { CellCollector, type Cells } from "./cells.ts";
import type { LabelColumns, RequestedFeature } from "./columnKinds.ts";
import { type FeatureColumn, featureColumns, type LeftOut } from "./columns.ts";
import { noRows } from "./csvTable.ts";
import { encodedTable } from "./encodedTable.ts";
import { type FittedColumn, featuresOf } from "./fittedColumn.ts";
import { hashesAsRead } from "./hashesAsRead.ts";
import { findLabels, LabelCollector } from "./labelCollector.ts";
import { rowNumberRemarks } from "./rowNumbers.ts";
import { isMissingText, namesOf, type Table } from "./table.ts";

/** Parameters of a table in any format. */
export interface TableSource {
  readonly label?: LabelColumns | undefined;
  readonly features?: readonly RequestedFeature[] | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly skip?: number | undefined;
  readonly take?: number | undefined;
  /** Between several labels of a sample. */
  readonly labelSeparator?: string | undefined;
}

/**
 * Samples of a table: one row a sample, one column the label, the others features. `skip` and `take` choose rows that follow one
 * another, but the classes are still those of the whole table.
 *
 * A table of numbers alone is taken as it is. Another one beside training samples becomes features as theirs did; the training
 * samples themselves are left as they were read, with `raw`, until their training part is known.
 */
export const loadTable = async (
  open: () => Promise<(Table & { readonly close: () => Promise<void> }) | DataProblem>,
  {
    file,
    files,
    source,
  }: { readonly file: string; readonly files: readonly string[]; readonly source: TableSource },
  options: LoadOptions,
): Promise<Samples | DataProblem> => {
  const { storage } = options;
  const { path: _, ...made } = { path: "", ...source };
  const place = await placeOf(files, [made, likeKey(options)], options);
  return keptSamples({ place, file, storage }, async (makeRows) => {
    const table = await open();
    if ("code" in table) return table;
    try {
      return await readTable(table, { source, makeRows }, options);
    } finally {
      await table.close();
    }
  });
};

async function readTable(
  table: Table,
  { source, makeRows }: { readonly source: TableSource; readonly makeRows: () => GrowingRows },
  { like, classes: given, exclude, task, labels: labelling = "all", onRead }: LoadOptions,
): Promise<Samples | DataProblem> {
  const rows = makeRows();
  const { file } = table;
  const { skip = 0, take = Number.POSITIVE_INFINITY } = source;
  const label = findLabels(table, source.label);
  if ("code" in label) return label;
  const skipped = table.count === undefined ? undefined : checkSkip(file, { skip, total: table.count });
  if (skipped) return table.count === 0 ? noRows(file) : skipped;
  const found = featureColumns(table, { features: source.features, label });
  if ("code" in found) return found;
  const columns = columnsLike(table, found.columns, {
    like,
    label,
    hasFeatureList: source.features !== undefined,
  });
  if ("code" in columns) return columns;
  const isLabelled = label.length > 0 && labelling !== "none";
  const cells = new CellCollector(file, columns, {
    first: skip,
    isComplete: like !== undefined && !like.columns,
    rows,
  });
  const labels = new LabelCollector(label, table);
  const requested = {
    always: isLabelled ? label : [],
    columns: columns.map(({ at }) => at),
    first: skip,
    end: skip + take,
  };
  const total = await collect(table, requested, {
    cells,
    labels: isLabelled ? labels : undefined,
    onRows: (row) => onRead && rows.onDisk && onRead(...progressOf(table, row)),
  });
  if (typeof total !== "number") return total;
  if (total === 0) return noRows(file);
  const tooFar = checkSkip(file, { skip, total });
  if (tooFar) return tooFar;
  const known = isLabelled
    ? labels.finish({ file, like, classes: given, task, labelling, separator: source.labelSeparator })
    : withoutLabels(cells.count, like);
  if ("code" in known) return known;
  const { task: own, ...classes } = known;
  const read = await cells.finish();
  if ("code" in read) return read;
  const isGiven = given !== undefined || like !== undefined;
  const left = [
    ...leftOutRemarks(found.leftOut),
    ...(isGiven ? [] : missingLikeRemarks(classes.classNames, exclude)),
  ];
  const [labelName] = label.length === 1 && table.isNamed ? label.map((at) => table.columns[at]?.name) : [];
  const shared = {
    count: read.count,
    ...taskPart(own),
    ...classes,
    ...(isLabelled && labelName ? { labelName } : {}),
    ...(read.booleans.length > 0 && { booleans: read.booleans }),
    within: { first: skip, total },
  };
  const context = { file, shape: source.shape, like, shared, left };
  if (like?.columns) return encoded(read, { ...context, columns: like.columns, into: makeRows() });
  const names = read.columns.length === columns.length ? namesIn(table, columns) : undefined;
  return asRead(read, { ...context, names, onDisk: rows.onDisk });
}

/** Of classes that are called as spreadsheets and pandas write a value that is missing; a sample is unlabelled where its cell is empty. */
function missingLikeRemarks(names: readonly string[] = [], exclude: LoadOptions["exclude"] = []): Remark[] {
  const like = names.filter((name) => isMissingText(name) && !exclude.includes(name));
  if (like.length === 0) return [];
  const said = like.map((name) => `"${name}"`);
  const looks =
    like.length === 1
      ? "is a class, and looks like a value that is"
      : "are classes, and look like values that are";
  return [
    {
      code: "class-missing",
      message: `${said.join(" and ")} ${looks} missing. If so, leave ${like.length === 1 ? "it" : "them"} out: "exclude": [${said.join(", ")}] in \`data\`.`,
      classes: like,
    },
  ];
}

/** Passes over all rows: labels are those of the whole table. @returns how many there are */
async function collect(
  table: Table,
  requested: Parameters<Table["rows"]>[0],
  {
    cells,
    labels,
    onRows,
  }: {
    readonly cells: CellCollector;
    readonly labels: LabelCollector | undefined;
    readonly onRows: (row: number) => void;
  },
): Promise<number | DataProblem> {
  let row = 0;
  for await (const next of table.rows(requested)) {
    if ("code" in next) return next;
    const isUsed = row >= requested.first && row < requested.end;
    labels?.add(next, { row, isUsed });
    const problem = isUsed ? cells.add(next) : undefined;
    if (problem) return problem;
    row++;
    if (row % toldRows === 0) onRows(row);
  }
  return row;
}

interface Features {
  readonly file: string;
  readonly shape: readonly number[] | undefined;
  readonly like: LoadOptions["like"];
  /** What does not depend on the features. */
  readonly shared: Pick<Samples, "count" | "classes" | "labels" | "within" | "labelName" | "booleans">;
  /** On columns that are left out. */
  readonly left: readonly Remark[];
}

/** The features as those of the training samples. */
async function encoded(
  read: Cells,
  {
    file,
    shape: requested,
    like,
    columns,
    shared,
    left,
    into,
  }: Features & { readonly columns: readonly FittedColumn[]; readonly into: GrowingRows },
): Promise<Samples | DataProblem> {
  const fitted = { columns, from: columns.map((_, i) => i) };
  const table = { values: read.values, raw: read.columns };
  const made = await encodedTable(table, fitted, into);
  if ("code" in made) return made;
  const { values, remarks } = made;
  const { onDisk } = into;
  const shape = requested ?? [values.size];
  const problem = checkShape(file, [values.size], shape) ?? checkLike(file, shape, like?.shape);
  if (problem) return problem;
  return withHash({
    ...shared,
    shape,
    featureNames: columns.flatMap(featuresOf),
    columns,
    asRead: hashesAsRead(
      table,
      columns.map(({ name }) => name),
    ),
    values,
    ...(onDisk && { onDisk }),
    ...remarked([...left, ...remarks]),
  });
}

/** The features as they were read: numbers as they are, others until the training part is known. */
function asRead(
  { columns, values, isPlain }: Cells,
  {
    file,
    shape: requested,
    like,
    names,
    shared,
    left,
    onDisk,
  }: Features & { readonly names: readonly string[] | undefined; readonly onDisk: GrowingRows["onDisk"] },
): Samples | DataProblem {
  const remarks = [...left, ...(like === undefined ? rowNumberRemarks(columns, values) : [])];
  const width = columns.length;
  const shape = isPlain ? (requested ?? [width]) : [width];
  const problem =
    checkShape(file, [width], shape) ?? (isPlain ? checkLike(file, shape, like?.shape) : undefined);
  if (problem) return problem;
  return withHash({
    ...shared,
    shape,
    ...(names && { featureNames: names }),
    values,
    ...(onDisk && { onDisk }),
    ...(!isPlain && { raw: columns, ...(requested && { requestedShape: requested }) }),
    ...remarked(remarks),
  });
}

/** Rows between reports of progress. */
const toldRows = 1000;

export const progressOf = ({ progress, count = 0 }: Table, row: number): Progress =>
  progress?.() ?? [row, count];

const remarked = (remarks: readonly Remark[]) => remarks.length > 0 && { remarks };

/** Undefined where there are none, or where a name is not enough to find a column again. */
function namesIn(
  { columns, isNamed }: Table,
  features: readonly FeatureColumn[],
): readonly string[] | undefined {
  if (!isNamed || new Set(columns.map(({ name }) => name)).size < columns.length) return undefined;
  return features.map(({ name }) => name);
}

/**
 * A table with the names of the training samples has their columns in whatever order, and may have others beside them.
 * One that has none of them names things differently, and is taken in its own order. What a column is, the training samples say.
 */
function columnsLike(
  table: Table,
  own: readonly FeatureColumn[],
  {
    like,
    label,
    hasFeatureList,
  }: {
    readonly like: LoadOptions["like"];
    readonly label: readonly number[];
    readonly hasFeatureList: boolean;
  },
): readonly FeatureColumn[] | DataProblem {
  const trained = like?.columns?.map(({ name }) => name) ?? like?.featureNames;
  const as = (column: FeatureColumn, fitted: FittedColumn | undefined): FeatureColumn =>
    fitted === undefined
      ? column
      : { column: column.column, at: column.at, name: column.name, as: fitted.as, missing: "own" };
  if (trained === undefined) return own;
  const placeOf = new Map(
    table.columns
      .map(({ name }, at) => [name, at] as const)
      .filter(([, at]) => !label.includes(at))
      .toReversed(),
  );
  if (hasFeatureList || !table.isNamed || !trained.some((name) => placeOf.has(name))) {
    if (like?.columns === undefined || own.length === trained.length)
      return own.map((column, i) => as(column, like?.columns?.[i]));
    return {
      code: "shape-mismatch",
      message: `There are ${own.length} columns of features, and ${trained.length} in the training samples.`,
      file: table.file,
      expected: trained.slice(0, 20).join(", "),
      found: own
        .slice(0, 20)
        .map(({ name }) => name)
        .join(", "),
    };
  }
  const missing = trained.find((name) => !placeOf.has(name));
  if (missing === undefined)
    return trained.map((name, i) =>
      as({ column: name, name, at: placeOf.get(name) as number, isInferred: true }, like?.columns?.[i]),
    );
  return {
    code: "missing-column",
    message: `There is no column "${missing}" as in the training samples; columns of other names can be given as \`features\`, in their order.`,
    file: table.file,
    line: 1,
    expected: trained.slice(0, 20).join(", "),
    found: namesOf(table.columns),
  };
}

/** Reports columns that are left out by default. */
function leftOutRemarks({ unread, index }: LeftOut): Remark[] {
  const of = (names: readonly string[], why: (isOne: boolean) => string): Remark[] => {
    if (names.length === 0) return [];
    const shown = names.slice(0, 5).map((name) => `"${name}"`);
    const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
    const isOne = names.length === 1;
    const message = `${isOne ? "Column" : "Columns"} ${shown.join(", ")}${more} ${isOne ? "is" : "are"} left out: ${why(isOne)}`;
    return [{ code: "columns-left-out", message }];
  };
  return [
    ...of(
      unread,
      (isOne) =>
        `${isOne ? "it holds" : "they hold"} neither numbers, texts, dates nor lists of numbers. Name the columns in \`features\` to leave them out without this warning, or turn them into numbers.`,
    ),
    ...of(
      index,
      () => "pandas' index, which says where a row stood and not what it is. In pandas, index=False.",
    ),
  ];
}
