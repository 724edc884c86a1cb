import { join, posix } from "node:path";
import { describeFile } from "../data/describe.ts";
import type { DataProblem } from "../data/problem.ts";
import { quoted } from "../parameters/words.ts";
import type { Part } from "./experimentText.ts";
import { type FilesBelow, tokenizerIn } from "./filesBelow.ts";
import type { Candidate, FoundSource } from "./foundSource.ts";
import { inSplits, labelsOf } from "./names.ts";

export const isImage = /\.(png|jpe?g|webp)$/i;
/** Of a format that is not read. */
export const isForeignImage = /\.(gif|bmp|tiff?|avif|heic|ppm|pgm)$/i;

/** IDX and .npy files of samples, with the file of their labels beside them. */
export function pairedFiles({ files }: FilesBelow): FoundSource[] {
  const all = new Set(files);
  const pairs = (ending: RegExp, source: (samples: string, labels: string) => Part): FoundSource[] =>
    inSplits(files.filter((path) => ending.test(path) && labelsOf(path, all) !== undefined)).map(
      (splits) => ({
        splits,
        noun: "sample",
        source: (path, { at }) => source(at(path), at(labelsOf(path, all) ?? path)),
      }),
    );
  return [
    ...pairs(/idx3?-ubyte(\.gz)?$|\.idx(\.gz)?$/i, (images, labels) => ({ type: "idx", images, labels })),
    ...pairs(/\.npy$/i, (features, labels) => ({ type: "npy", features, labels })),
  ];
}

/** Archives of arrays, of which some are samples and some their labels. */
export const archives = (below: FilesBelow): Candidate[] =>
  below.files
    .filter((path) => /\.npz$/i.test(path))
    .map((path) => ({ path, sources: () => archiveSources(below, path) }));

async function archiveSources({ root }: FilesBelow, path: string): Promise<FoundSource[] | DataProblem> {
  const file = join(root, path);
  const found = await describeFile(file, { format: "npz" });
  if (found.kind === "problem") return found.problem;
  if (found.kind !== "archive") return [];
  const { arrays: read, unreadArrays: unread = [] } = found;
  const names = new Set([...read.map(({ name }) => name), ...unread]);
  const arrays = inSplits([...names].filter((name) => labelsOf(name, names) !== undefined));
  if (arrays.length === 0) {
    const all = [...names].slice(0, mostNamed).map(quoted).join(", ");
    const message = `Of its arrays, ${all}, none is called as the labels of another one, such as "y" beside "x", or "labels" beside "images".`;
    return { code: "missing-array", message, file };
  }
  return arrays.map((splits) => ({
    splits,
    noun: "sample",
    file: path,
    source: (features, { at }) => {
      const labels = labelsOf(features, names);
      return { type: "npz", path: at(path), features, labels };
    },
  }));
}

const mostNamed = 8;

/** Folders whose folders are classes of texts. */
export function textFolders(below: FilesBelow): FoundSource[] {
  const tokenizer = tokenizerIn(below) ?? "tokenizer.json";
  return inSplits(classFolders(below, /\.txt$/i)).map(
    (splits): FoundSource => ({
      splits,
      noun: "text",
      source: (folder, { at }) => ({
        type: "text",
        folder: at(folder),
        tokenizer: at(tokenizer),
        maxLength: 64,
      }),
    }),
  );
}

/** Folders with such files in more than one folder of theirs. */
function classFolders({ folders }: FilesBelow, isOne: RegExp): string[] {
  const ofClasses = new Map<string, number>();
  for (const [folder, names] of folders)
    if (folder !== "" && names.some((name) => isOne.test(name)))
      ofClasses.set(posix.dirname(folder), (ofClasses.get(posix.dirname(folder)) ?? 0) + 1);
  return [...ofClasses].flatMap(([folder, classes]) => (classes > 1 ? [folder] : []));
}

/** Whether images in a folder's classes are of a format that is not read. */
const hasForeign = ({ folders }: FilesBelow, folder: string): boolean =>
  [...folders].some(
    ([name, files]) =>
      name !== "" && posix.dirname(name) === folder && files.some((file) => isForeignImage.test(file)),
  );

/** Folders whose folders are classes of images, and CIFAR's in its binary version. */
export function imageFolders(below: FilesBelow): FoundSource[] {
  const { folders } = below;
  const found = classFolders(below, isImage);
  const cifar = [...folders].flatMap(([folder, names]) =>
    names.some((name) => /^(data_batch_1|train)\.bin$/.test(name)) ? [folder || "."] : [],
  );
  const ofFolders = inSplits(found).map(
    (splits): FoundSource => ({
      splits,
      noun: "image",
      isSized: true,
      source: (folder, { at, size }) => ({
        type: "images",
        folder: at(folder),
        size,
        ...(hasForeign(below, folder) && { onBroken: "skip" }),
      }),
    }),
  );
  const ofCifar = cifar.map(
    (train): FoundSource => ({
      splits: { train, test: train },
      noun: "image",
      source: (path, { at, isTest }) => ({ type: "cifar", path: at(path), ...(isTest && { part: "test" }) }),
    }),
  );
  return [...ofFolders, ...ofCifar];
}
