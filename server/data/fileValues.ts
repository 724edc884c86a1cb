import type { FileHandle } from "node:fs/promises";
import { type FileRows, readFileRows } from "./fileRows.ts";
import { fileProblem } from "./formats/bytes.ts";
import type { DataProblem } from "./problem.ts";
import { openRegular } from "./reading.ts";
import type { SampleValues } from "./sampleValues.ts";

/** Samples that stay in their file. */
export interface FileValues extends SampleValues {
  readonly file: FileRows;
}

/** Files are closed once their samples are garbage. */
const open = new FinalizationRegistry<FileHandle>((handle) => {
  void handle.close().catch(() => {});
});

/**
 * Opens a file for as long as its samples are used, of which each is read where it is asked for.
 * @param isOwn one of the cache, which does not change
 */
export async function openFileValues(
  path: string,
  rows: Omit<FileRows, "fd" | "file" | "asOpened">,
  { dtype, isOwn = false }: { readonly dtype: SampleValues["dtype"]; readonly isOwn?: boolean },
): Promise<FileValues | DataProblem> {
  try {
    const opened = await openRegular(path);
    if ("code" in opened) return opened;
    const { handle } = opened;
    const { size: bytes, mtimeMs } = await handle.stat();
    const file: FileRows = {
      ...rows,
      fd: handle.fd,
      file: path,
      ...(isOwn ? {} : { asOpened: { bytes, mtimeMs } }),
    };
    const { count, size } = rows;
    const values: FileValues = {
      dtype,
      count,
      size,
      file,
      read: (numbers, into) => readFileRows(values.file, numbers, into),
    };
    open.register(values, handle);
    return values;
  } catch (error) {
    return fileProblem(path, error);
  }
}

/** The file that they stay in, where they do. */
export const fileOf = (values: SampleValues): FileRows | undefined =>
  "file" in values ? (values as FileValues).file : undefined;
