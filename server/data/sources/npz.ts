import { resolve } from "node:path";
import type { NpzSource, UnlabelledNpzSource } from "../../../schemas/experiment.gen.ts";
import { type OpenFile, openFile } from "../formats/bytes.ts";
import { readNpyHeader } from "../formats/npy.ts";
import { openZipEntry, readZipDirectory, type ZipEntry } from "../formats/zip.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { behindHeader, channelsMovedLast, labelsOf, loadArrays, type OpenArray } from "./arrays.ts";
import type { LoadOptions } from "./options.ts";

/** Features and labels from two arrays of one .npz archive. */
export async function loadNpz(
  { path, features, skip, take, shape, layout, ...source }: NpzSource | UnlabelledNpzSource,
  baseDirectory: string,
  options: LoadOptions,
): Promise<Samples | DataProblem> {
  const archive = await openFile(resolve(baseDirectory, path));
  if ("code" in archive) return archive;
  try {
    const entries = await readZipDirectory(archive);
    if ("code" in entries) return entries;
    return await loadArrays({
      ...options,
      openFeatures: () => openMember(archive, entries, features),
      openLabels: labelsOf(source, (labels) => openMember(archive, entries, labels)),
      skip,
      take,
      shapeOf: (own) => shape ?? (layout === "channelsFirst" ? channelsMovedLast(own) : own),
      layout,
    });
  } finally {
    await archive.handle.close();
  }
}

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
  const message = `There is no array "${found}" in the archive.`;
  const expected = names.length === 0 ? "an archive with arrays" : names.join(", ");
  return { code: "missing-array", message, file, expected, found };
}
