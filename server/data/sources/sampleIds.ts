import { resolve } from "node:path";
import { formatOf } from "../../fileQuery.ts";
import { allFiles, listClassFolders, type SampleFiles } from "../classFolders.ts";
import { openFile } from "../formats/bytes.ts";
import { readNpyHeader } from "../formats/npy.ts";
import { openZipEntry, readZipDirectory } from "../formats/zip.ts";
import { imageFiles } from "../images/imageFiles.ts";
import type { DataProblem } from "../problem.ts";
import { openTable } from "../tables/openTable.ts";
import { findColumn, type Table } from "../tables/table.ts";
import { textFiles } from "../text/textFiles.ts";
import { arrayName, missingArray } from "./npz.ts";
import { behindHeader, idsIn } from "./openArray.ts";
import type { AnySource } from "./options.ts";
import { openShards } from "./parquet.ts";

/**
 * Which sample each one of a source is, as text: the cells of a column of its table, the numbers of an array of its archive, or
 * the paths of its images in their folder.
 * @param count of the samples that were read
 */
export async function sampleIds(
  source: AnySource,
  baseDirectory: string,
  { column, count }: { readonly column: string; readonly count: number },
): Promise<readonly string[] | DataProblem> {
  const all = await allIds(source, baseDirectory, column);
  if ("code" in all) return all;
  const skip = "skip" in source ? (source.skip ?? 0) : 0;
  const take = "take" in source ? (source.take ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const ids = all.slice(skip, skip + take);
  if (ids.length === count) return ids;
  return {
    code: "count-mismatch",
    message: `There are ${ids.length} ids for ${count} samples: some samples were left out.`,
    file: fileOf(source, baseDirectory),
    expected: count,
    found: ids.length,
  };
}

const fileOf = (source: AnySource, baseDirectory: string): string =>
  resolve(
    baseDirectory,
    "path" in source
      ? String(source.path)
      : "folder" in source
        ? source.folder
        : "lines" in source
          ? source.lines
          : "",
  );

async function allIds(
  source: AnySource,
  baseDirectory: string,
  column: string,
): Promise<readonly string[] | DataProblem> {
  const at = (path: string) => resolve(baseDirectory, path);
  switch (source.type) {
    case "csv":
      return ofTable(await openTable(at(source.path), "csv", { ...source, isByName: true }), column);
    case "jsonl":
      return ofTable(await openTable(at(source.path), "jsonl", { isByName: true }), column);
    case "text":
      if ("path" in source)
        return ofTable(await openTable(at(source.path), formatOf(source.path), { isByName: true }), column);
      return "folder" in source ? pathsIn(at(source.folder), textFiles) : noIds(at(source.lines), source);
    case "parquet":
      return ofTable(await openShards(at(source.path)), column);
    case "images":
      return "table" in source
        ? ofTable(await openTable(at(source.table), formatOf(source.table), { isByName: true }), column)
        : pathsIn(at(source.folder), imageFiles);
    case "npz":
      return ofArchive(at(source.path), column);
    default:
      return noIds(
        at("images" in source ? source.images : "features" in source ? source.features : ""),
        source,
      );
  }
}

const noIds = (file: string, { type }: Pick<AnySource, "type">): DataProblem => ({
  code: "unsupported-format",
  message: `Samples of "${type}" have no ids: store the outputs in their order.`,
  file,
});

async function pathsIn(folder: string, kind: SampleFiles): Promise<readonly string[] | DataProblem> {
  const found = await listClassFolders(folder, kind);
  return "code" in found ? found : allFiles(found);
}

async function ofTable(
  table: (Table & { readonly close: () => Promise<void> }) | DataProblem,
  column: string,
): Promise<readonly string[] | DataProblem> {
  if ("code" in table) return table;
  try {
    const index = findColumn(table, column);
    if (typeof index === "object") return index;
    const ids: string[] = [];
    for await (const row of table.rows({ always: [index], columns: [], first: 0, end: 0 })) {
      if ("code" in row) return row;
      ids.push(String(row.cells[index] ?? "").trim());
    }
    return ids;
  } finally {
    await table.close();
  }
}

async function ofArchive(file: string, name: string): Promise<readonly string[] | DataProblem> {
  const archive = await openFile(file);
  if ("code" in archive) return archive;
  try {
    const entries = await readZipDirectory(archive);
    if ("code" in entries) return entries;
    const entry = entries.find((entry) => arrayName(entry) === name);
    if (entry === undefined) return missingArray(file, entries.slice(0, 20).map(arrayName), name);
    const bytes = await openZipEntry(archive, entry);
    const opened = "code" in bytes ? bytes : await behindHeader(bytes, readNpyHeader);
    return "code" in opened ? opened : idsIn(opened);
  } finally {
    await archive.handle.close();
  }
}
