import { posix } from "node:path";
import { counted } from "../grouped.ts";
import { isImage } from "./arrays.ts";
import type { FilesBelow } from "./filesBelow.ts";
import { labelsOf } from "./names.ts";

/** Something that lies there and is no data for an experiment, as a part of it is not there. */
interface Lacking {
  /** Of a file or folder, relative to where was looked. */
  readonly path: string;
  /** A part of a sentence. */
  readonly why: string;
}

/** Files that a person may have meant, of a folder that has no data: arrays without labels, images without classes, and networks. */
export function lackingPart({ files, folders }: FilesBelow, models: readonly string[]): Lacking[] {
  const all = new Set(files);
  const isOfPair = (path: string) =>
    labelsOf(path, all) !== undefined || files.some((other) => labelsOf(other, all) === path);
  const arrays = files
    .filter((path) => /\.npy$/i.test(path) && !isOfPair(path))
    .map((path) => ({
      path,
      why: "as no array with a name like its own, such as x.npy and y.npy, has its labels",
    }));
  const images = [...folders].flatMap(([folder, names]) => {
    const count = names.filter((name) => isImage.test(name)).length;
    const why = `as its ${counted(count, "image")} have no classes: a folder for each class, or a table that names them`;
    return count === 0 || isOfClasses(folder, folders) ? [] : [{ path: folder === "" ? "." : folder, why }];
  });
  const networks = models.map((path) => ({ path, why: "as no samples lie there that it could teach on" }));
  return [...arrays, ...images, ...networks];
}

/** Whether other folders beside it have images, too, so that it is one of the classes. */
const isOfClasses = (folder: string, folders: FilesBelow["folders"]): boolean =>
  folder !== "" &&
  [...folders].some(
    ([other, names]) =>
      other !== folder &&
      posix.dirname(other) === posix.dirname(folder) &&
      other !== "" &&
      names.some((name) => isImage.test(name)),
  );
