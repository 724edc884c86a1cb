import { join, posix } from "node:path";
import { describeFile } from "../data/describe.ts";
import { counted } from "../grouped.ts";
import { isForeignImage, isImage } from "./arrays.ts";
import type { FilesBelow } from "./filesBelow.ts";
import { labelsOf } from "./names.ts";

/** Something that lies there and is no data for an experiment, as a part of it is not there. */
interface Lacking {
  /** Of a file or folder, relative to where was looked. */
  readonly path: string;
  /** A part of a sentence. */
  readonly why: string;
}

/**
 * Files that a person may have meant, of a folder that has no data: arrays without labels or of a type that is not read, images without
 * classes or of another format, networks, and weights without one.
 */
export async function lackingPart(
  { root, files, folders }: FilesBelow,
  models: readonly string[],
): Promise<Lacking[]> {
  const all = new Set(files);
  const isOfPair = (path: string) =>
    labelsOf(path, all) !== undefined || files.some((other) => labelsOf(other, all) === path);
  const alone = files.filter((path) => /\.npy$/i.test(path) && !isOfPair(path)).slice(0, mostOpened);
  const arrays = await Promise.all(
    alone.map(async (path) => {
      const found = await describeFile(join(root, path), { format: "npy" });
      const isUnread = found.kind === "problem" && found.problem.code === "unsupported-dtype";
      const why = isUnread
        ? `as it is not read: ${found.problem.message.replace(/\.$/, "")}`
        : "as no array with a name like its own, such as x.npy and y.npy, has its labels";
      return { path, why };
    }),
  );
  const images = [...folders].flatMap(([folder, names]) => {
    const count = names.filter((name) => isImage.test(name)).length;
    const why = `as its ${counted(count, "image")} have no classes: a folder for each class, or a table that names them`;
    return count === 0 || isOfClasses(folder, folders) ? [] : [{ path: folder === "" ? "." : folder, why }];
  });
  const foreign = [...folders].flatMap(([folder, names]) => {
    const others = names.filter((name) => isForeignImage.test(name));
    const ending = others[0] && posix.extname(others[0]);
    const why = `as its ${counted(others.length, "image")} are ${ending}, and PNG, JPEG and WebP are read. In Python: PIL.Image.open("a${ending}").convert("RGB").save("a.png")`;
    return ending === undefined ? [] : [{ path: folder === "" ? "." : folder, why }];
  });
  const networks = models.map((path) => ({ path, why: "as no samples lie there that it could teach on" }));
  const weights = files
    .filter((path) => /\.safetensors$/i.test(path))
    .slice(0, mostOpened)
    .map((path) => ({
      path,
      why: "as weights alone are no network: export it in Python as ONNX, or write its layers and start from these as `weights`",
    }));
  return [...arrays, ...images, ...foreign, ...networks, ...weights];
}

/** Arrays that are looked into. */
const mostOpened = 20;

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
