import { dirname, resolve } from "node:path";
import type { ParquetSource, UnlabelledParquetSource } from "../../../schemas/experiment.gen.ts";
import { file, list, optional, text } from "../../parameters/parameter.ts";
import { type LabelText, toClasses } from "../classNames.ts";
import { damaged, openParquet, type ParquetFile, type ParquetRow, shardsOf } from "../formats/parquet.ts";
import { readImage } from "../images/decoder.ts";
import { decodeImages, type NamedImage } from "../images/imageArray.ts";
import { noLabel, withoutLabel } from "../labels.ts";
import { machineMemory } from "../machineMemory.ts";
import type { DataProblem } from "../problem.ts";
import { refusal } from "../reading.ts";
import { hashed, type Remark, type Samples } from "../samples.ts";
import { checkLike, checkShape, checkSkip } from "./arrays.ts";
import { imageParameters } from "./images.ts";
import type { LoadOptions } from "./options.ts";
import { type SourceType, sampleShape, skip, take } from "./source.ts";

type AnyParquet = ParquetSource | UnlabelledParquetSource;

const columnName = (description: string, example: string) =>
  text(description, { pattern: "\\S", examples: [example] });
const path = file(
  "The file, or a pattern of files that are read in the order of their names: `*` stands for any characters of a name.",
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
  features: optional(
    list(
      "Columns of the features, numbers or lists of numbers. Absent: every such column but the label; beside training samples whose columns have names, those of the same names.",
      columnName("A column, by name.", "age"),
      { minItems: 1, examples: [["age", "hours"]] },
    ),
  ),
  ...imageParameters,
  shape: sampleShape,
  skip,
  take,
};

/** A table in one Parquet file or several: numbers, lists of numbers, or images. */
export const parquet: SourceType<AnyParquet> = {
  description:
    "A Parquet table, in one file or several: a sample a row, of numbers, of lists of them, or an image.",
  hint: "Parquet files, as of Hugging Face or pandas.",
  parameters: {
    path,
    label: columnName(
      "Column of the label: class numbers from 0, or names. Names that Hugging Face's datasets keep in the file are used.",
      "label",
    ),
    ...part,
  },
  unlabelled: {
    description: "A Parquet table, in one file or several: a sample a row.",
    hint: "Parquet files, as of Hugging Face or pandas.",
    parameters: {
      path,
      label: optional(columnName("Column to leave out, which is not read. Absent: none.", "label")),
      ...part,
    },
  },
  async load(source, baseDirectory, options) {
    const pattern = resolve(baseDirectory, source.path);
    const opened = await openAll(pattern);
    if ("code" in opened) return opened;
    try {
      return await load(pattern, opened, { source, options });
    } catch (error) {
      return damaged(pattern, error);
    } finally {
      for (const shard of opened) await shard.close();
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

/** Every shard, of which all have to have the columns of the first. */
export async function openAll(pattern: string): Promise<readonly ParquetFile[] | DataProblem> {
  const files = await shardsOf(pattern);
  if (files.length === 0)
    return (
      (await refusal(pattern)) ?? {
        code: "missing-file",
        message: "No file has a name of this pattern.",
        file: pattern,
      }
    );
  const opened: ParquetFile[] = [];
  for (const file of files) {
    const next = await openParquet(file);
    const named = (of: ParquetFile) => JSON.stringify(of.columns);
    const problem: DataProblem | undefined =
      "code" in next
        ? next
        : named(next) === named(opened[0] ?? next)
          ? undefined
          : {
              code: "missing-column",
              message: `The columns are not those of ${files[0]}.`,
              file,
              expected: opened[0]?.columns.map(({ name }) => name).join(", ") ?? "",
              found: next.columns.map(({ name }) => name).join(", "),
            };
    if (!("code" in next)) opened.push(next);
    if (problem === undefined) continue;
    for (const shard of opened) await shard.close();
    return problem;
  }
  return opened;
}

/** The columns that are features, as `features` says, or as there are. */
export function featuresOf(
  file: string,
  columns: ParquetFile["columns"],
  {
    features,
    label,
    like,
  }: {
    readonly features?: readonly string[] | undefined;
    readonly label?: string | undefined;
    readonly like?: readonly string[] | undefined;
  },
): readonly string[] | DataProblem {
  const isNumeric = ({ kind }: { readonly kind: string }) => kind === "number" || kind === "numbers";
  const own = columns.filter((column) => isNumeric(column) && column.name !== label).map(({ name }) => name);
  const wanted = features ?? (like?.some((name) => own.includes(name)) ? like : own);
  for (const name of wanted) {
    const problem = columnProblem(file, columns, name);
    if (problem) return problem;
    const kind = columns.find((column) => column.name === name)?.kind ?? "other";
    if (!isNumeric({ kind }))
      return {
        code: "not-a-number",
        message: `Column "${name}" holds ${kind === "text" ? "text" : kind === "image" ? "bytes" : "neither numbers nor lists of them"}${kind === "image" ? "; of images, name it by `image`" : ""}.`,
        file,
        expected: "numbers or lists of numbers",
      };
  }
  if (wanted.length > 0) return wanted;
  const found = columns.map(({ name }) => name).join(", ");
  return { code: "missing-column", message: "No column holds numbers beside the label.", file, found };
}

export function columnProblem(
  file: string,
  columns: ParquetFile["columns"],
  name: string | undefined,
): DataProblem | undefined {
  if (name === undefined || columns.some((column) => column.name === name)) return undefined;
  const expected = columns
    .map(({ name }) => name)
    .slice(0, 20)
    .join(", ");
  return { code: "missing-column", message: `There is no column "${name}".`, file, expected, found: name };
}

async function load(
  file: string,
  shards: readonly ParquetFile[],
  { source, options }: { readonly source: AnyParquet; readonly options: LoadOptions },
): Promise<Samples | DataProblem> {
  const { skip = 0, take = Number.POSITIVE_INFINITY, image, label } = source;
  const { like, labels: labelling = "all" } = options;
  const total = shards.reduce((sum, { rows }) => sum + rows, 0);
  const [{ columns = [], classNames: kept = {} } = {}] = shards;
  const problem =
    (total === 0 ? noRows(file) : undefined) ??
    checkSkip(file, { skip, total }) ??
    columnProblem(file, columns, label) ??
    columnProblem(file, columns, image);
  if (problem) return problem;
  const end = Math.min(skip + take, total);
  const isLabelled = label !== undefined && labelling !== "none";
  const labels = isLabelled
    ? await readLabels(file, shards, { label, kept: kept[label], used: { skip, end }, options })
    : unlabelled(end - skip, like);
  if ("code" in labels) return labels;
  const { own, ...classes } = labels;
  if (image !== undefined) {
    const rows = rowsOf(shards, [image], skip, end);
    const decoded = await decodeImages(imagesIn(rows, image, { folder: dirname(file), first: skip }), {
      file,
      count: end - skip,
      size: source.size as readonly [number, number] | undefined,
      fit: source.fit,
      channels: source.channels as 1 | 3 | undefined,
      like: like?.shape,
      onBroken: source.onBroken,
      onImage: options.onImage,
    });
    if ("code" in decoded) return decoded;
    const { shape, storage, rows: read, remarks } = decoded;
    const unlike = checkLike(file, shape, like?.shape);
    if (unlike) return unlike;
    const used = read.map((row) => own[row] as number);
    return hashed({
      count: read.length,
      shape,
      ...classes,
      labels: used,
      storage,
      ...(remarks.length > 0 && { remarks }),
    });
  }
  const features = featuresOf(file, columns, { features: source.features, label, like: like?.featureNames });
  if ("code" in features) return features;
  const read = await readNumbers(file, rowsOf(shards, features, skip, end), {
    features,
    count: end - skip,
    first: skip,
  });
  if ("code" in read) return read;
  const width = read.length / (end - skip);
  const shape = source.shape ?? [width];
  const shapeProblem = checkShape(file, [width], shape) ?? checkLike(file, shape, like?.shape);
  if (shapeProblem) return shapeProblem;
  const names = width === features.length && { featureNames: features };
  const remarks =
    source.features === undefined ? leftOut(columns, [...features, ...(label ? [label] : [])]) : [];
  return hashed({
    count: end - skip,
    shape,
    ...classes,
    ...names,
    labels: own,
    storage: read,
    ...(remarks.length > 0 && { remarks }),
  });
}

/** What is read as features by itself is said, where it is not all that there is. */
function leftOut(columns: ParquetFile["columns"], read: readonly string[]): Remark[] {
  const others = columns.map(({ name }) => name).filter((name) => !read.includes(name));
  if (others.length === 0) return [];
  const names = others.slice(0, 5).map((name) => `"${name}"`);
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : "";
  const one = others.length === 1;
  return [
    {
      code: "columns-left-out",
      message: `${one ? "Column" : "Columns"} ${names.join(", ")}${more} ${one ? "is" : "are"} left out: ${one ? "it holds" : "they hold"} neither numbers nor lists of numbers. Name the columns in \`features\` to leave them out without this warning, or turn them into numbers.`,
    },
  ];
}

/** The classes are those of all rows, whichever are used. */
async function readLabels(
  file: string,
  shards: readonly ParquetFile[],
  {
    label,
    kept,
    used,
    options,
  }: {
    readonly label: string;
    readonly kept: readonly string[] | undefined;
    readonly used: { readonly skip: number; readonly end: number };
    readonly options: LoadOptions;
  },
) {
  const { like, classes: given, labels: labelling = "all" } = options;
  const names = typeof given === "number" ? undefined : kept;
  const texts = new Map<string, LabelText & { readonly at: number }>();
  const found = new Int32Array(used.end - used.skip);
  let row = 0;
  for await (const rows of rowsOf(shards, [label], 0, Number.POSITIVE_INFINITY))
    for (const { [label]: value } of rows) {
      const text =
        value === null || value === undefined ? "" : (names?.[Number(value)] ?? String(value).trim());
      const known = texts.get(text) ?? { text, line: row + 1, column: 1, at: texts.size };
      texts.set(text, known);
      if (row >= used.skip && row < used.end) found[row - used.skip] = known.at;
      row++;
    }
  const all = [...texts.values()];
  const known = toClasses(all, { file, like, given: given ?? (like ? undefined : names) });
  if ("code" in known) return known;
  const { indices, ...classes } = known;
  const own = found.map((text) => indices[text] ?? noLabel);
  const bare = own.indexOf(noLabel);
  if (bare >= 0 && labelling === "all") {
    const count = own.filter((index) => index === noLabel).length;
    const { text = "" } = all[found[bare] as number] ?? {};
    return withoutLabel(file, { count, first: bare, spelled: text || "empty" });
  }
  return { own, ...classes };
}

const unlabelled = (count: number, like: LoadOptions["like"]) => ({
  own: new Int32Array(count).fill(noLabel),
  classes: like?.classes ?? 0,
  ...(like?.classNames && { classNames: like.classNames }),
});

/** Rows of all shards as one table. */
async function* rowsOf(
  shards: readonly ParquetFile[],
  columns: readonly string[],
  first: number,
  end: number,
): AsyncGenerator<readonly ParquetRow[]> {
  let start = 0;
  for (const shard of shards) {
    if (start < end && start + shard.rows > first)
      yield* shard.rowsOf(columns, Math.max(0, first - start), Math.min(shard.rows, end - start));
    start += shard.rows;
  }
}

async function* imagesIn(
  groups: AsyncGenerator<readonly ParquetRow[]>,
  image: string,
  { folder, first }: { readonly folder: string; readonly first: number },
): AsyncGenerator<NamedImage> {
  let row = first;
  for await (const rows of groups)
    for (const { [image]: value } of rows) yield imageOf(value, { folder, row: row++ });
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
    async read() {
      if (bytes instanceof Uint8Array) return bytes;
      if (typeof path !== "string" || path === "") return { why: "there is no image" };
      const found = await readImage(resolve(folder, path));
      return "code" in found ? { why: found.message.replace(/\.$/, "") } : found;
    },
  };
}

async function readNumbers(
  file: string,
  groups: AsyncGenerator<readonly ParquetRow[]>,
  {
    features,
    count,
    first,
  }: { readonly features: readonly string[]; readonly count: number; readonly first: number },
): Promise<Float32Array | DataProblem> {
  let values: Float32Array | undefined;
  let [row, width] = [0, 0];
  for await (const rows of groups)
    for (const record of rows) {
      const numbers = features.flatMap((name) => {
        const value = record[name];
        return ArrayBuffer.isView(value)
          ? Array.from(value as Float32Array, Number)
          : Array.isArray(value)
            ? value
            : [value];
      });
      width ||= numbers.length;
      if (count * width * 4 > machineMemory())
        return {
          code: "too-large",
          message: "The data does not fit into memory; `take` fewer samples.",
          file,
          found: `[${count}, ${width}]`,
        };
      values ??= new Float32Array(count * width);
      if (numbers.length !== width)
        return {
          code: "shape-mismatch",
          message: `Row ${first + row} has ${numbers.length} values, the first one ${width}.`,
          file,
          expected: width,
          found: numbers.length,
        };
      for (const [i, value] of numbers.entries()) {
        const number = value === null || value === undefined ? Number.NaN : Math.fround(Number(value));
        if (!Number.isFinite(number)) {
          const isMissing = value === null || value === undefined;
          const message = `Row ${first + row} has ${isMissing ? "no value" : "a value that is no finite float32"} in ${features.length === width ? `column "${features[i]}"` : `value ${i}`}.`;
          return {
            code: isMissing ? "missing-value" : "not-finite",
            message,
            file,
            expected: "a finite number",
            found: String(value),
          };
        }
        values[row * width + i] = number;
      }
      row++;
    }
  return values ?? new Float32Array(0);
}

const noRows = (file: string): DataProblem => ({
  code: "no-samples",
  message: "The table holds no samples.",
  file,
  expected: "at least 1 row",
});
