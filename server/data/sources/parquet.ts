import { dirname, resolve } from "node:path";
import type { ParquetSource, UnlabelledParquetSource } from "../../../schemas/experiment.gen.ts";
import { file, optional, text } from "../../parameters/parameter.ts";
import { type Contents, contentHashes } from "../cache/contents.ts";
import { keyOf } from "../cache/keptSamples.ts";
import { damaged, type ParquetFile, shardsOf } from "../formats/parquet.ts";
import { readImage } from "../images/decoder.ts";
import type { NamedImage } from "../images/imageArray.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { tableFeatures } from "../tables/columns.ts";
import { noRows } from "../tables/csvTable.ts";
import { findLabels, LabelCollector } from "../tables/labelCollector.ts";
import { loadTable } from "../tables/loadTable.ts";
import { openAll } from "../tables/parquetShards.ts";
import { parquetTable } from "../tables/parquetTable.ts";
import { findColumn, type Table, type TableRow } from "../tables/table.ts";
import { withoutLabels } from "../textLabels.ts";
import { checkSkip } from "./arrays.ts";
import { imageOptions, imageSamples } from "./imageSamples.ts";
import { imageParameters } from "./images.ts";
import type { LoadOptions } from "./options.ts";
import {
  columnByName,
  labelColumns,
  labelSeparator,
  type SourceType,
  sampleShape,
  skip,
  take,
} from "./source.ts";

type AnyParquet = ParquetSource | UnlabelledParquetSource;

const columnName = (description: string, example: string) =>
  text(description, { pattern: "\\S", columnName: true, examples: [example] });
const path = file(
  "The file, or a pattern of files that are read in the order of their names: `*` matches any characters of a name.",
  [".parquet"],
  "data/train-*.parquet",
);
const part = {
  image: optional(
    columnName(
      "Column with images, PNG, JPEG or WebP: their bytes, or the `bytes` and `path` of Hugging Face's datasets. Absent: samples are numbers.",
      "image",
    ),
  ),
  features: tableFeatures("; beside training samples whose columns have names, those of the same names"),
  ...imageParameters,
  shape: sampleShape,
  skip,
  take,
};

/** A table in one Parquet file or several: numbers, lists of numbers, or images. */
export const parquet: SourceType<AnyParquet> = {
  description:
    "A Parquet table, in one file or several: a sample a row, of numbers, lists of numbers, categories, booleans and dates, or an image.",
  hint: "Parquet files, as of Hugging Face or pandas.",
  parameters: {
    path,
    label: labelColumns(
      "Column of the label: class numbers from 0, or names. Names that Hugging Face's datasets keep in the file are used.",
      { columns: [columnByName], examples: ["label"] },
    ),
    labelSeparator,
    ...part,
  },
  unlabelled: {
    description: "A Parquet table, in one file or several: a sample a row.",
    hint: "Parquet files, as of Hugging Face or pandas.",
    parameters: {
      path,
      label: optional(
        labelColumns("Column to leave out, which is not read. Absent: none.", {
          columns: [columnByName],
          examples: ["label"],
        }),
      ),
      ...part,
    },
  },
  async load(source, baseDirectory, options) {
    const pattern = resolve(baseDirectory, source.path);
    const { image } = source;
    try {
      if (image === undefined) {
        const files = await shardsOf(pattern);
        return await loadTable(() => openShards(pattern), { file: pattern, files, source }, options);
      }
      const table = await openShards(pattern);
      if ("code" in table) return table;
      try {
        return await loadImages(table, { ...source, image }, options);
      } finally {
        await table.close();
      }
    } catch (error) {
      return damaged(pattern, error);
    }
  },
  async parts({ path, image }, baseDirectory) {
    const pattern = resolve(baseDirectory, path);
    const opened = await openAll(pattern);
    if ("code" in opened) return { folders: [dirname(pattern)] };
    const sum = (of: (file: ParquetFile) => number) => opened.reduce((total, file) => total + of(file), 0);
    for (const shard of opened) await shard.close();
    return {
      folders: [dirname(pattern), ...opened.map(({ file }) => file)],
      ...(image === undefined
        ? { bytes: sum(({ bytes }) => bytes) * 8 }
        : { images: sum(({ rows }) => rows), imageBytes: sum(({ bytes }) => bytes) }),
    };
  },
};

/** All shards as one table. */
interface Shards extends Table {
  readonly count: number;
  readonly files: readonly string[];
  /** Rows of each file. */
  readonly rowCounts: readonly number[];
  readonly close: () => Promise<void>;
}

export async function openShards(pattern: string): Promise<Shards | DataProblem> {
  const opened = await openAll(pattern);
  if ("code" in opened) return opened;
  const close = async () => {
    for (const shard of opened) await shard.close();
  };
  const [files, rowCounts] = [opened.map(({ file }) => file), opened.map(({ rows }) => rows)];
  return { ...parquetTable(pattern, opened), files, rowCounts, close };
}

/** Images of a column, as bytes. */
async function loadImages(
  table: Shards,
  source: AnyParquet & { readonly image: string },
  options: LoadOptions,
): Promise<Samples | DataProblem> {
  const { like, classes: given, task, labels: labelling = "all" } = options;
  const { file, count: total } = table;
  const { skip = 0, take = Number.POSITIVE_INFINITY } = source;
  const separator = "labelSeparator" in source ? source.labelSeparator : undefined;
  const label = findLabels(table, source.label);
  const image = findColumn(table, source.image);
  if ("code" in label) return label;
  if (typeof image === "object") return image;
  const none = total === 0 ? noRows(file) : checkSkip(file, { skip, total });
  if (none) return none;
  const end = Math.min(skip + take, total);
  const isLabelled = label.length > 0 && labelling !== "none";
  const labels = new LabelCollector(label, table);
  let row = 0;
  if (isLabelled)
    for await (const next of table.rows({ always: label, columns: [], first: 0, end: 0 })) {
      if ("code" in next) return next;
      labels.add(next, { row, isUsed: row >= skip && row < end });
      row++;
    }
  const known = isLabelled
    ? labels.finish({ file, like, classes: given, task, labelling, separator })
    : withoutLabels(end - skip, like);
  if ("code" in known) return known;
  const part = { folder: dirname(file), first: skip, end };
  return imageSamples(
    () => imagesAgain(file, image, part),
    {
      ...imageOptions(source, options),
      file,
      count: end - skip,
      contents: (cache) => contentsIn(cache, { ...table, first: skip, end }, source.image),
    },
    known,
  );
}

/** Each image by the content of its file and its place there. */
async function contentsIn(
  cache: string,
  { file, files, rowCounts, first, end }: Shards & Pick<Part, "first" | "end">,
  column: string,
): Promise<Contents> {
  const known = await contentHashes(cache, file, files);
  const all = rowCounts.flatMap((rows, shard) =>
    Array.from({ length: rows }, (_, row) =>
      known ? Buffer.from(keyOf([known[shard], column, row]), "hex").toString("base64") : undefined,
    ),
  );
  return { hashes: all.slice(first, end), learn: () => {}, keep: async () => {} };
}

interface Part {
  readonly folder: string;
  readonly first: number;
  readonly end: number;
}

/** The images of files that were closed meanwhile. */
async function* imagesAgain(pattern: string, image: number, part: Part): AsyncGenerator<NamedImage> {
  const table = await openShards(pattern);
  if ("code" in table) return;
  try {
    yield* imagesIn(table.rows({ always: [], columns: [image], ...part }), image, part);
  } finally {
    await table.close();
  }
}

/** The first images of a column. */
export async function firstImages(table: Table, column: number, count: number): Promise<NamedImage[]> {
  const range = { first: 0, end: count };
  const rows = table.rows({ always: [], columns: [column], ...range });
  const images: NamedImage[] = [];
  for await (const image of imagesIn(rows, column, { folder: dirname(table.file), ...range })) {
    images.push(image);
    if (images.length === count) break;
  }
  return images;
}

async function* imagesIn(
  rows: AsyncGenerator<TableRow | DataProblem>,
  image: number,
  { folder, first, end }: Part,
): AsyncGenerator<NamedImage> {
  let row = 0;
  for await (const next of rows) {
    if (!("code" in next) && row >= first && row < end) yield imageOf(next.cells[image], { folder, row });
    row++;
  }
}

/** Bytes, or Hugging Face's { bytes, path }: without bytes, the file at the path. */
function imageOf(
  value: unknown,
  { folder, row }: { readonly folder: string; readonly row: number },
): NamedImage {
  const { bytes, path } = (value instanceof Uint8Array ? { bytes: value } : (value ?? {})) as {
    bytes?: unknown;
    path?: unknown;
  };
  const name = typeof path === "string" && path !== "" ? `row ${row}, ${path}` : `row ${row}`;
  return {
    name,
    isElsewhere: !(bytes instanceof Uint8Array),
    async read() {
      if (bytes instanceof Uint8Array) return bytes;
      if (typeof path !== "string" || path === "") return { why: "there is no image" };
      const found = await readImage(resolve(folder, path));
      return "code" in found ? { why: found.message.replace(/\.$/, "") } : found;
    },
  };
}
