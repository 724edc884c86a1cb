import { basename, dirname, join } from "node:path";
import { moveChannelsLast } from "../fileRows.ts";
import { openFileValues } from "../fileValues.ts";
import type { DataProblem } from "../problem.ts";
import { entriesOf, statsOf } from "../reading.ts";
import type { SampleValues } from "../sampleValues.ts";
import { joinedValues } from "../spreadValues.ts";
import { fileProblem, openFile, readAt } from "./bytes.ts";

/**
 * The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009):
 * records of one label, or a coarse and a fine one, and the red, green and blue bytes of 32 × 32 pixels.
 */
export interface CifarFiles {
  readonly files: readonly string[];
  readonly count: number;
  /** Bytes of a record's labels: 1 of CIFAR-10, 2 of CIFAR-100. */
  readonly labelBytes: 1 | 2;
}

export type CifarPart = "train" | "test";
export type CifarLabels = "fine" | "coarse";

const side = 32;
export const cifarShape = [side, side, 3] as const;
export const pixelBytes = side * side * 3;
/** Six times all there are. */
const mostBytes = 2 ** 30;

const fileNames: Readonly<Record<CifarPart, RegExp>> = {
  train: /^(data_batch_\d+|train)\.bin$/,
  test: /^test(_batch)?\.bin$/,
};

/** The files that a path stands for: itself, or those of a part in a folder; all of records of one length. */
export async function findCifar(path: string, part: CifarPart): Promise<CifarFiles | DataProblem> {
  const stats = await statsOf(path);
  const isFolder = stats?.isDirectory() === true;
  const entries = isFolder ? ((await entriesOf(path)) ?? []) : [];
  // Of images in folders, too, the parts are often called `train` and `test`.
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const own = names.filter((name) => fileNames[part].test(name)).toSorted();
  if (isFolder && own.length === 0) {
    const isPickled =
      names.includes(part === "train" ? "data_batch_1" : "test_batch") || names.includes(part);
    const message = isPickled
      ? "The folder has the version of CIFAR for Python, of pickles, which are not read. Take the binary version."
      : `The folder has no file of the ${part} part of CIFAR's binary version.`;
    const expected =
      part === "train" ? "data_batch_1.bin … data_batch_5.bin, or train.bin" : "test_batch.bin, or test.bin";
    return { code: "missing-file", message, file: path, expected };
  }
  const files = isFolder ? own.map((name) => join(path, name)) : [path];
  const found: { labelBytes: 1 | 2; count: number }[] = [];
  for (const file of files) {
    const opened = await openFile(file);
    if ("code" in opened) return opened;
    await opened.handle.close();
    const labelBytes = labelBytesOf(basename(file), opened.size);
    if (labelBytes === undefined || labelBytes !== (found[0]?.labelBytes ?? labelBytes))
      return {
        code: "truncated",
        message: "This is no whole number of records of CIFAR's binary version.",
        file,
        expected: `a multiple of ${pixelBytes + 1} or ${pixelBytes + 2} bytes`,
        found: `${opened.size} bytes`,
      };
    found.push({ labelBytes, count: opened.size / (pixelBytes + labelBytes) });
  }
  const [{ labelBytes = 1 } = {}] = found;
  const bytes = found.reduce((sum, { count }) => sum + count, 0) * pixelBytes;
  if (bytes > mostBytes)
    return {
      code: "too-large",
      message: "This is larger than CIFAR is.",
      file: path,
      found: `${bytes} bytes`,
    };
  return { files, labelBytes, count: found.reduce((sum, { count }) => sum + count, 0) };
}

/** By the length of the file; where both fit, by its name. */
function labelBytesOf(name: string, size: number): 1 | 2 | undefined {
  const fitting = ([1, 2] as const).filter((bytes) => size % (pixelBytes + bytes) === 0);
  return fitting.length === 2 ? (/batch/.test(name) ? 1 : 2) : fitting[0];
}

/** Names of the classes, where their list lies beside the files. */
export async function cifarClasses(
  { files: [file = ""], labelBytes }: CifarFiles,
  labels: CifarLabels,
): Promise<{ readonly classes: number; readonly classNames?: readonly string[] }> {
  const classes = labelBytes === 1 ? 10 : labels === "fine" ? 100 : 20;
  const list = labelBytes === 1 ? "batches.meta.txt" : `${labels}_label_names.txt`;
  const path = join(dirname(file), list);
  if ((await statsOf(path))?.isFile() !== true) return { classes };
  const opened = await openFile(path);
  if ("code" in opened) return { classes };
  try {
    const bytes = await readAt(opened, 0, Math.min(opened.size, 10_000));
    const text = "code" in bytes ? "" : new TextDecoder().decode(bytes);
    const classNames = text.split(/\r?\n/).filter((name) => name.trim() !== "");
    return classNames.length === classes ? { classes, classNames } : { classes };
  } finally {
    await opened.handle.close();
  }
}

/** What is read of the records: those from `first` on, before `end`. */
export interface CifarRange {
  readonly first: number;
  readonly end: number;
  readonly labels: CifarLabels;
}

/** Labels, and pixels with their channels last, where these shall be in memory. */
export async function readCifar(
  { files, labelBytes }: CifarFiles,
  { first, end, labels, pixels }: CifarRange & { readonly pixels: boolean },
): Promise<{ readonly labels: Int32Array; readonly storage: Uint8Array } | DataProblem> {
  const count = end - first;
  const found = {
    labels: new Int32Array(count),
    storage: new Uint8Array(pixels ? count * pixelBytes : 0),
  };
  const length = pixelBytes + labelBytes;
  const labelAt = labelBytes === 2 && labels === "fine" ? 1 : 0;
  for (const { file, from, to, at } of await partsOf({ files, labelBytes }, { first, end })) {
    const opened = await openFile(file);
    if ("code" in opened) return opened;
    try {
      for (let start = from; start < to; start += recordsAtOnce) {
        const some = Math.min(recordsAtOnce, to - start);
        const bytes = await readAt(opened, start * length, some * length);
        if ("code" in bytes) return bytes;
        for (let record = 0; record < some; record++) {
          const row = at + start - from + record;
          const own = bytes.subarray(record * length, (record + 1) * length);
          found.labels[row] = own[labelAt] as number;
          if (!pixels) continue;
          const image = found.storage.subarray(row * pixelBytes, (row + 1) * pixelBytes);
          image.set(own.subarray(labelBytes));
          moveChannelsLast(image, 3);
        }
      }
    } catch (error) {
      return fileProblem(file, error);
    } finally {
      await opened.handle.close();
    }
  }
  return found;
}

/** The pixels, which stay in their files. */
export async function cifarOnDisk(
  { files, labelBytes }: CifarFiles,
  range: Pick<CifarRange, "first" | "end">,
): Promise<SampleValues | DataProblem> {
  const stride = pixelBytes + labelBytes;
  const values: SampleValues[] = [];
  for (const { file, from, to } of await partsOf({ files, labelBytes }, range)) {
    const rows = {
      offset: from * stride + labelBytes,
      stride,
      count: to - from,
      size: pixelBytes,
      type: { kind: "uint8", littleEndian: true },
      channelsFirst: 3,
    } as const;
    const own = await openFileValues(file, rows, { dtype: "uint8" });
    if ("code" in own) return own;
    values.push(own);
  }
  return joinedValues(values);
}

const recordsAtOnce = 1000;

/** Which records of each file are meant, and how many are before them. */
async function partsOf(
  { files, labelBytes }: Pick<CifarFiles, "files" | "labelBytes">,
  { first, end }: Pick<CifarRange, "first" | "end">,
) {
  const parts: { file: string; from: number; to: number; at: number }[] = [];
  let start = 0; // of the file, in records
  for (const file of files) {
    const records = ((await statsOf(file))?.size ?? 0) / (pixelBytes + labelBytes);
    const [from, to] = [Math.max(first - start, 0), Math.min(end - start, records)];
    if (from < to) parts.push({ file, from, to, at: start + from - first });
    start += records;
  }
  return parts;
}
