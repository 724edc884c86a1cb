import { dirname, extname, resolve } from "node:path";
import type {
  ImagesFolderSource,
  ImagesTableSource,
  UnlabelledImagesFolderSource,
  UnlabelledImagesTableSource,
} from "../../../schemas/experiment.gen.ts";
import type { Kind } from "../../parameters/kind.ts";
import {
  choice,
  constant,
  defined,
  file,
  folder,
  oneOfNumbers,
  optional,
  type Parameters,
  parameter,
} from "../../parameters/parameter.ts";
import { contentsOf } from "../cache/contents.ts";
import {
  allFiles,
  classesOfFolders,
  filesOnDisk,
  folderProblem,
  listClassFolders,
  looseProblem,
  noFiles,
} from "../classFolders.ts";
import { readImage } from "../images/decoder.ts";
import type { NamedImage } from "../images/imageArray.ts";
import { imageFiles } from "../images/imageFiles.ts";
import { readImageTable } from "../images/imageTable.ts";
import type { DataProblem } from "../problem.ts";
import { statsOf } from "../reading.ts";
import type { Samples } from "../samples.ts";
import { type KnownLabels, withoutLabels } from "../textLabels.ts";
import { checkSkip } from "./arrays.ts";
import { imageOptions, imageSamples } from "./imageSamples.ts";
import type { LoadOptions } from "./options.ts";
import {
  balanced,
  column,
  labelColumns,
  labelSeparator,
  type SourceType,
  share,
  skip,
  take,
  takeSeed,
} from "./source.ts";

type ImagesSource =
  | ImagesFolderSource
  | ImagesTableSource
  | UnlabelledImagesFolderSource
  | UnlabelledImagesTableSource;

const type = constant("images", "PNG, JPEG and WebP files.");

export const imageSize = defined(
  "ImageSize",
  parameter<readonly number[]>({
    description:
      "Height and width that each image is brought to. Absent: as the first image has them, or the training samples, and all have to.",
    type: "array",
    minItems: 2,
    maxItems: 2,
    items: { description: "Pixels.", type: "integer", minimum: 1 },
    unit: "pixels",
    examples: [[64, 64]],
  }),
);

/** Parameters of images from any source. */
export const imageParameters = {
  size: optional(imageSize),
  fit: optional(
    defined(
      "ImageFit",
      choice(
        "How an image is resized to a `size` of other proportions: `cover` scales and crops around the middle; `contain` adds black bars; `stretch` distorts. Absent: `cover`.",
        ["cover", "contain", "stretch"],
        { examples: ["contain"] },
      ),
    ),
  ),
  channels: optional(
    defined(
      "ImageChannels",
      oneOfNumbers(
        "3 for red, green and blue, 1 for grey (ITU-R BT.601). Transparency is left out. Absent: as the first image has them, or the training samples; one in colour among grey ones is refused.",
        [1, 3],
        { examples: [3] },
      ),
    ),
  ),
  onBroken: optional(
    defined(
      "OnBroken",
      choice(
        "What happens to images that cannot be read: `error` lists all of them, `skip` leaves them out with a warning. Absent: `error`.",
        ["error", "skip"],
        { examples: ["skip"] },
      ),
    ),
  ),
};

const part = { ...imageParameters, skip, take };
const folderOf = (description: string, example: string) => folder(description, example);
const tableOf = (example: string) =>
  file(
    "Table that names one image per row: delimited values, JSON Lines or Parquet, by its extension.",
    [".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", ".gz"],
    example,
  );
const path = column("Column of the paths, by name or number from 0.", {
  examples: ["file", 0],
});
const root = optional(
  folder("Folder that the paths in the table start from. Absent: the table's own.", "data/images"),
);

const entry = (description: string, parameters: Parameters) => ({
  description,
  parameters: { type, ...parameters },
});

/** Definitions under which the schema has sources of images. */
export const imagesKind: Kind = {
  name: "Source",
  prefix: "Images",
  chosenBy: "keys",
  entries: {
    folder: entry(
      "PNG, JPEG and WebP files in a folder for each class, which has the name of the class. Classes are in the order of their names, as in torchvision's ImageFolder.",
      {
        folder: folderOf(
          "Folder with a folder for each class, in which images may lie at any depth.",
          "photos/train",
        ),
        ...part,
        takeSeed,
        balanced,
      },
    ),
    table: entry("PNG, JPEG and WebP files that a table names, with their labels.", {
      table: tableOf("labels.csv"),
      path,
      root,
      label: labelColumns("Column of the label: its name, or its number from 0 (negative: from the end).", {
        examples: ["kind", 1],
      }),
      labelSeparator,
      ...part,
      takeSeed,
      balanced,
    }),
  },
};

export const unlabelledImagesKind: Kind = {
  name: "Source",
  prefix: "UnlabelledImages",
  chosenBy: "keys",
  entries: {
    folder: entry("PNG, JPEG and WebP files in a folder.", {
      folder: folderOf("Folder with the images, at any depth.", "photos/more"),
      ...part,
      takeSeed,
      share,
    }),
    table: entry("PNG, JPEG and WebP files that a table names.", {
      table: tableOf("more.csv"),
      path,
      root,
      ...part,
      takeSeed,
      share,
    }),
  },
};

/** Images in files of their own, decoded into bytes when they are read. */
export const images: SourceType<ImagesSource> = {
  ...imagesKind,
  unlabelled: unlabelledImagesKind,
  async load(source, baseDirectory, options) {
    const listed = await list(source, baseDirectory, options);
    return "code" in listed ? listed : load(listed, source, options);
  },
  async parts(source, baseDirectory) {
    const options = { labels: "none" } as const;
    const listed = await list(source, baseDirectory, options);
    if ("code" in listed) return {};
    const { skip = 0, take = Number.POSITIVE_INFINITY } = source;
    const used = listed.paths.slice(skip, skip + take);
    const { folders, bytes } = await filesOnDisk(listed.folder, { all: listed.paths, used });
    return { folders, images: used.length, imageBytes: bytes };
  },
};

/** Which images there are, and the labels of those that are used. */
interface Listed {
  readonly file: string;
  readonly folder: string;
  readonly paths: readonly string[];
  readonly known: KnownLabels;
}

const list = (
  source: ImagesSource,
  baseDirectory: string,
  options: LoadOptions,
): Promise<Listed | DataProblem> =>
  "folder" in source
    ? fromFolder(resolve(baseDirectory, source.folder), source, options)
    : fromTable(source, baseDirectory, options);

async function load(
  { file, folder, paths, known }: Listed,
  { skip = 0, take = Number.POSITIVE_INFINITY, ...source }: ImagesSource,
  options: LoadOptions,
): Promise<Samples | DataProblem> {
  const skipProblem = checkSkip(file, { skip, total: paths.length });
  if (skipProblem) return skipProblem;
  const used = paths.slice(skip, skip + take);
  const files = used.map((path) => resolve(folder, path));
  const samples = await imageSamples(
    () => used.map((path, i) => imageAt(folder, path, skip + i)),
    {
      ...imageOptions(source, options),
      file,
      count: used.length,
      contents: (cache) => contentsOf(cache, file, files),
    },
    known,
  );
  const startElsewhere =
    "code" in samples && samples.code === "broken-images" && "table" in source && source.root === undefined;
  if (!startElsewhere || (await statsOf(files[0] ?? "")) !== undefined) return samples;
  const message = `${samples.message} The paths start from the table's folder, where the first is not there; \`root\` names another folder.`;
  return { ...samples, message };
}

function imageAt(folder: string, path: string, row: number): NamedImage {
  const isRead = /^\.(png|jpe?g|jpe|jfif|webp)$/i.test(extname(path));
  return {
    name: path || `row ${row}`,
    async read() {
      if (path === "") return { why: "the table has no path here" };
      if (!isRead)
        return { why: `PNG, JPEG and WebP files are read, no ${extname(path) || "files without an ending"}` };
      const bytes = await readImage(resolve(folder, path));
      return "code" in bytes ? { why: bytes.message.replace(/\.$/, "") } : bytes;
    },
  };
}

async function fromFolder(
  folder: string,
  { skip = 0, take = Number.POSITIVE_INFINITY }: Pick<ImagesSource, "skip" | "take">,
  { like, classes: given, labels: labelling = "all" }: LoadOptions,
): Promise<Listed | DataProblem> {
  const found = await listClassFolders(folder, imageFiles);
  if ("code" in found) return found;
  const problem = labelling === "none" ? undefined : looseProblem(folder, found, imageFiles);
  if (problem) return problem;
  const paths = allFiles(found);
  if (paths.length === 0) return noFiles(folder, imageFiles);
  if (labelling === "none") return { file: folder, folder, paths, known: withoutLabels(paths.length, like) };
  const names = found.classes.map(({ name }) => name);
  const known = classesOfFolders(folder, names, { like, given });
  if ("code" in known) return known;
  const { indices, ...classes } = known;
  const labels = found.classes.flatMap(({ files }, i) => files.map(() => indices[i] as number));
  const used = Int32Array.from(labels.slice(skip, skip + take));
  return { file: folder, folder, paths, known: { ...classes, labels: used } };
}

async function fromTable(
  source: ImagesTableSource | UnlabelledImagesTableSource,
  baseDirectory: string,
  { like, classes, task, labels: labelling = "all" }: LoadOptions,
): Promise<Listed | DataProblem> {
  const { skip: first = 0, take = Number.POSITIVE_INFINITY } = source;
  const file = resolve(baseDirectory, source.table);
  const folder = source.root === undefined ? dirname(file) : resolve(baseDirectory, source.root);
  const missing = source.root === undefined ? undefined : await folderProblem(folder);
  if (missing) return missing;
  const { label, labelSeparator: separator } = {
    ...{ label: undefined, labelSeparator: undefined },
    ...(labelling === "none" ? {} : source),
  };
  const table = await readImageTable(file, { path: source.path, label, first, end: first + take });
  if ("code" in table) return table;
  const { paths, labels } = table;
  const known = labels
    ? labels.finish({ file, like, classes, task, labelling, separator })
    : withoutLabels(paths.length, like);
  return "code" in known ? known : { file, folder, paths, known };
}
