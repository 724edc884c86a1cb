import { resolve } from "node:path";
import type { NpzSource, UnlabelledNpzSource } from "../../../schemas/experiment.gen.ts";
import { file, optional } from "../../parameters/parameter.ts";
import { type OpenFile, openFile } from "../formats/bytes.ts";
import { readNpyHeader } from "../formats/npy.ts";
import { openZipEntry, readZipDirectory, type ZipEntry } from "../formats/zip.ts";
import type { DataProblem } from "../problem.ts";
import { channelsMovedLast, labelsOf, loadArrays, maskOf } from "./arrays.ts";
import { behindHeader, type OpenArray } from "./openArray.ts";
import {
  arrayName as array,
  layout,
  maskDescription,
  type SourceType,
  sampleShape,
  skip,
  take,
  vocabulary,
} from "./source.ts";

const archive = (example: string) => file("The archive.", [".npz"], example);
const features = array("Name of the array with the samples: [samples, …].", "x");
const part = {
  mask: optional(array(`Name of an array that is ${maskDescription} Absent: none.`, "attention_mask")),
  vocabulary,
  skip,
  take,
  shape: sampleShape,
  layout,
};

/** Features and labels from two arrays of one .npz archive. */
export const npz: SourceType<NpzSource | UnlabelledNpzSource> = {
  description: "NumPy arrays in one .npz archive.",
  hint: "NumPy arrays in an .npz archive.",
  parameters: {
    path: archive("data/train.npz"),
    features,
    labels: array("Name of the array with the class of each sample: [samples], integers from 0.", "y"),
    ...part,
  },
  unlabelled: {
    description: "A NumPy array in an .npz archive.",
    hint: "A NumPy array in an .npz archive.",
    parameters: { path: archive("data/more.npz"), features, ...part },
  },
  async load(
    { path, features, mask, vocabulary, skip, take, shape, layout, ...source },
    baseDirectory,
    options,
  ) {
    const archive = await openFile(resolve(baseDirectory, path));
    if ("code" in archive) return archive;
    try {
      const entries = await readZipDirectory(archive);
      if ("code" in entries) return entries;
      return await loadArrays({
        ...options,
        openFeatures: () => openMember(archive, entries, features),
        openLabels: labelsOf(source, (labels) => openMember(archive, entries, labels)),
        openMask: maskOf(mask, (mask) => openMember(archive, entries, mask)),
        vocabulary,
        skip,
        take,
        shapeOf: (own) => shape ?? (layout === "channelsFirst" ? channelsMovedLast(own) : own),
        layout,
      });
    } finally {
      await archive.handle.close();
    }
  },
};

async function openMember(
  archive: OpenFile,
  entries: readonly ZipEntry[],
  name: string,
): Promise<OpenArray | DataProblem> {
  const entry = entries.find((entry) => entry.name === `${name}.npy` || entry.name === name);
  if (entry === undefined) {
    return missingArray(archive.file, entries.slice(0, 20).map(arrayName), name);
  }
  const source = await openZipEntry(archive, entry);
  return "code" in source ? source : behindHeader(source, readNpyHeader);
}

/** NumPy adds the ending to the name of the array. */
export function arrayName(entry: ZipEntry): string {
  return entry.name.replace(/\.npy$/, "");
}

export function missingArray(file: string, names: readonly string[], found: string): DataProblem {
  const isSparse = ["indices", "indptr", "format"].every((name) => names.includes(name));
  const message = isSparse
    ? `This archive is one sparse matrix, as scipy.sparse.save_npz writes it, and has no array "${found}". In Python: numpy.savez("train.npz", x=scipy.sparse.load_npz("FILE").toarray(), y=y).`
    : `There is no array "${found}" in the archive.`;
  const expected = names.length === 0 ? "an archive with arrays" : names.join(", ");
  return { code: "missing-array", message, file, expected, found };
}
