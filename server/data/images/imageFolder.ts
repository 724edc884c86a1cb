import { join } from "node:path";
import type { DataProblem } from "../problem.ts";
import { entriesOf, refusal, statsOf } from "../reading.ts";

/** What is in a folder of images, by paths in it, with slashes. */
export interface ImageFolder {
  /** Its folders, in the order of their names, each with its images. */
  readonly classes: readonly { readonly name: string; readonly images: readonly string[] }[];
  /** The images beside them. */
  readonly loose: readonly string[];
}

/** Of other kinds than are read; a person who has them shall hear of it. */
const imageName = /\.(png|jpe?g|jpe|jfif|webp|bmp|gif|tiff?|heic|heif|avif|jp2|ppm|pgm|svg)$/i;

/** Lists a folder of images; in the order of the names by UTF-16 units, whatever order the disk has. Hidden ones are left out. */
export async function listImages(folder: string): Promise<ImageFolder | DataProblem> {
  const stats = await statsOf(folder);
  if (stats === undefined)
    return (await refusal(folder)) ?? { code: "missing-file", message: "No such folder.", file: folder };
  if (!stats.isDirectory())
    return {
      code: "not-a-file",
      message:
        "This is a file; a folder with a folder for each class is needed. A table of images is named by `table`.",
      file: folder,
      expected: "folder",
      found: "file",
    };
  const top = await visibleIn(folder);
  if (top === undefined)
    return {
      code: "permission-denied",
      message: "The folder may not be read: permission denied.",
      file: folder,
    };
  const classes = top
    .filter(({ isFolder }) => isFolder)
    .map(async ({ name }) => ({ name, images: await imagesBelow(folder, name, [stats.ino]) }));
  return {
    classes: await Promise.all(classes),
    loose: top.filter(({ name, isFolder }) => !isFolder && imageName.test(name)).map(({ name }) => name),
  };
}

/** @param above inodes of the folders on the way, so that no link leads round and round */
async function imagesBelow(top: string, folder: string, above: readonly number[]): Promise<string[]> {
  const path = join(top, folder);
  const ino = (await statsOf(path))?.ino;
  if (ino === undefined || above.includes(ino)) return [];
  const found: string[] = [];
  for (const { name, isFolder } of (await visibleIn(path)) ?? []) {
    const inner = `${folder}/${name}`;
    if (isFolder) found.push(...(await imagesBelow(top, inner, [...above, ino])));
    else if (imageName.test(name)) found.push(inner);
  }
  return found;
}

async function visibleIn(
  folder: string,
): Promise<readonly { readonly name: string; readonly isFolder: boolean }[] | undefined> {
  const entries = await entriesOf(folder);
  const visible = entries?.filter(({ name }) => !name.startsWith(".") && name !== "__MACOSX");
  const kinds = visible?.map(async (entry) => ({
    name: entry.name,
    isFolder: entry.isSymbolicLink()
      ? (await statsOf(join(folder, entry.name)))?.isDirectory() === true
      : entry.isDirectory(),
  }));
  return (
    kinds && (await Promise.all(kinds)).toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  );
}
