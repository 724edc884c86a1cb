import { dirname, join, resolve } from "node:path";
import type { ImagesQuery } from "../../fileQuery.ts";
import { allFiles, classesOfFolders, listClassFolders } from "../classFolders.ts";
import { cifarClasses, cifarShape, findCifar, readCifar } from "../formats/cifar.ts";
import { type ImageDecoder, openDecoder, readImage } from "../images/decoder.ts";
import { imageFiles } from "../images/imageFiles.ts";
import { readImageTable } from "../images/imageTable.ts";
import { mostShown, side, thumbnailsOf } from "../images/picture.ts";
import type { DataProblem } from "../problem.ts";
import { statsOf } from "../reading.ts";
import type { DescribeHint, ImagesDescription } from "./description.ts";
import { factsOfLabels } from "./table.ts";

/** Larger tables are not read through, so that the editor never waits for one. */
const mostBytes = 4_000_000;

/** More folders than this are not watched one by one. */
const mostFolders = 500;

/** A folder of images: how many there are, of which classes, and what the first one looks like. */
export async function describeImageFolder(
  folder: string,
  query: ImagesQuery,
): Promise<ImagesDescription | DataProblem> {
  const found = await listClassFolders(folder, imageFiles);
  if ("code" in found) return found;
  const paths = allFiles({ ...found, ...(!query.isUnlabelled && { loose: [] }) });
  const names = found.classes.map(({ name }) => name);
  const classes = classesOfFolders(folder, names, {});
  const firsts = query.isUnlabelled ? paths : found.classes.flatMap(({ files }) => files.slice(0, 1));
  const described = await describeFirst(folder, paths, { query, firsts });
  if ("code" in described) return described;
  return {
    kind: "images",
    format: "images",
    bytes: 0,
    count: paths.length,
    ...(query.isUnlabelled || "code" in classes
      ? {}
      : { classes: names.length, ...(names.length > 0 && { classNames: names }) }),
    ...described,
    folders: names.slice(0, mostFolders).map((name) => join(folder, name)),
  };
}

/** A table that names images; a small one is read through. */
export async function describeImageTable(
  file: string,
  query: ImagesQuery & Pick<DescribeHint, "task">,
): Promise<ImagesDescription | DataProblem> {
  const bytes = (await statsOf(file))?.size ?? 0;
  const facts = { kind: "images", format: "images", bytes, folders: [] } as const;
  if (bytes > mostBytes || query.path === undefined) return facts;
  const { path, label, labelSeparator: separator, task, root = dirname(file) } = query;
  const table = await readImageTable(file, { path, label });
  if ("code" in table) return table;
  const { paths, labels } = table;
  const known = labels?.finish({ file, task, separator, labelling: "some" });
  if (known && "code" in known) return known;
  const areClasses = known?.task === "classification";
  const firsts = areClasses
    ? [...new Set(known.labels)].map((own) => paths[known.labels.indexOf(own)] as string)
    : paths;
  const described = await describeFirst(root, paths, { query, firsts });
  if ("code" in described) return described;
  return { ...facts, count: paths.length, ...(known && factsOfLabels(known)), ...described };
}

/** CIFAR in its binary version: the files of one part, or one file. */
export async function describeCifar(
  path: string,
  { part = "train", labels = "fine", isUnlabelled }: ImagesQuery,
): Promise<ImagesDescription | DataProblem> {
  const found = await findCifar(path, part);
  if ("code" in found) return found;
  const range = { first: 0, end: Math.min(mostShown, found.count), labels };
  const first = await readCifar(found, { ...range, pixels: true });
  return {
    kind: "images",
    format: "images",
    bytes: 0,
    count: found.count,
    shape: cifarShape,
    dtype: "uint8",
    ...(isUnlabelled ? {} : await cifarClasses(found, labels)),
    thumbnails: "code" in first ? [] : thumbnailsOf(first.storage, cifarShape),
    folders: found.files,
  };
}

async function describeFirst(
  folder: string,
  paths: readonly string[],
  { query, firsts }: { readonly query: ImagesQuery; readonly firsts: readonly string[] },
): Promise<Looks | DataProblem> {
  const images = (some: readonly string[]): Image[] =>
    some.map((path) => async () => {
      const bytes = await readImage(resolve(folder, path));
      return "code" in bytes ? undefined : bytes;
    });
  // Only the first few are tried: each unreadable one takes time.
  return looksOf(folder, images(paths.slice(0, 20)), { query, shown: images(firsts.slice(0, mostShown)) });
}

type Looks = Pick<ImagesDescription, "shape" | "dtype" | "thumbnails">;

/** Gives the bytes of its file, if it can be read. */
type Image = () => Promise<Uint8Array | undefined>;

/** Shape and type of all images, from the first one where the experiment does not set them; and thumbnails. */
export async function looksOf(
  place: string,
  images: readonly Image[],
  {
    query,
    shown: firsts,
  }: { readonly query: Pick<ImagesQuery, "size" | "channels">; readonly shown: readonly Image[] },
): Promise<Looks | DataProblem> {
  const decoder = await openDecoder(place);
  if ("code" in decoder) return decoder;
  const thumbnails = await Promise.all(firsts.map((image) => thumbnailOf(decoder, image)));
  const shown = { thumbnails: thumbnails.filter((picture) => picture !== undefined) };
  const first = await firstOf(decoder, images);
  if (first === undefined) return shown;
  const [height, width] = query.size ?? [first.height, first.width];
  return { ...shown, dtype: "uint8", shape: [height, width, query.channels ?? first.channels] };
}

/** The first that can be read. */
async function firstOf(decoder: ImageDecoder, images: readonly Image[]) {
  for (const image of images) {
    const bytes = await image();
    const header = bytes && (await decoder.readHeader(bytes));
    if (header !== undefined && !("why" in header)) return header;
  }
  return undefined;
}

async function thumbnailOf(decoder: ImageDecoder, image: Image): Promise<string | undefined> {
  const bytes = await image();
  const png = bytes && (await decoder.thumbnail(bytes, side));
  return png === undefined || "why" in png
    ? undefined
    : `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}
