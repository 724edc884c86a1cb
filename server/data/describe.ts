import type { OutputsQuery } from "../fileQuery.ts";
import { readCard } from "../nets/modelCard.ts";
import { folderProblem } from "./classFolders.ts";
import { describeArchive, describeArray } from "./descriptions/arrays.ts";
import type { DescribeHint, FileDescription, FileFormat } from "./descriptions/description.ts";
import { describeCifar, describeImageFolder, describeImageTable } from "./descriptions/images.ts";
import { describeModelJson } from "./descriptions/modelJson.ts";
import { describeOnnx } from "./descriptions/onnx.ts";
import { describeParquet } from "./descriptions/parquet.ts";
import { describeSafetensors } from "./descriptions/safetensors.ts";
import { describeSavedModel } from "./descriptions/savedModel.ts";
import { describeTable } from "./descriptions/table.ts";
import { describeLines, describeTextFolder } from "./descriptions/texts.ts";
import { fileProblem, type OpenFile, openFile, readAt } from "./formats/bytes.ts";
import { outputsShape } from "./outputs/readOutputs.ts";
import type { DataProblem } from "./problem.ts";
import { statsOf } from "./reading.ts";
import { openTokenizer } from "./text/tokenizer.ts";

/**
 * Describes a file: shapes, types, counts, classes, parameters. Reads headers, and small label files and tables
 * whole; never a large payload. Whatever the file is, the answer is a description or a problem.
 */
export async function describeFile(path: string, hint: DescribeHint = {}): Promise<FileDescription> {
  if (hint.outputs !== undefined) return describeOutputs(path, hint.outputs);
  if (mayBeFolder(hint.format)) {
    const found = await folderFormats[hint.format](path, hint);
    return "code" in found ? { kind: "problem", problem: found } : countedByCard(found);
  }
  const isModel = hint.format === "onnx" || hint.format === "tfjs";
  const opened = await openFile(path, { isModel, isJsonl: hint.format === "jsonl" });
  if ("code" in opened) return { kind: "problem", problem: opened };
  try {
    const format = hint.format ?? (await findFormat(opened));
    if (typeof format === "object") return { kind: "problem", problem: format };
    const description = await describeFormat(opened, format, hint);
    return "code" in description
      ? { kind: "problem", problem: description }
      : countedByCard({ ...description, bytes: opened.size });
  } catch (error) {
    return { kind: "problem", problem: fileProblem(path, error) };
  } finally {
    await opened.handle.close();
  }
}

/** An export has other tensors than the student that it was made of: scales, constants, folded layers. */
function countedByCard(found: Exclude<FileDescription, { kind: "problem" }>): FileDescription {
  if (found.kind !== "model") return found;
  const { parameters } = readCard(found.metadata);
  return parameters === undefined ? found : { ...found, parameters };
}

async function describeOutputs(path: string, query: OutputsQuery): Promise<FileDescription> {
  try {
    const found = await outputsShape(path, query);
    if (found !== undefined && "code" in found) return { kind: "problem", problem: found };
    const { size: bytes = 0 } = (await statsOf(path)) ?? {};
    return found === undefined
      ? { kind: "outputs", bytes }
      : {
          kind: "outputs",
          bytes,
          count: found.rows,
          ...(found.columns === undefined ? {} : { shape: [found.columns] }),
          dtype: found.dtype,
        };
  } catch (error) {
    return { kind: "problem", problem: fileProblem(path, error) };
  }
}

/** What may be a folder, or several files. */
const folderFormats = {
  imageFolder: (path: string, { images = {} }: DescribeHint) => describeImageFolder(path, images),
  imageTable: (path: string, { images = {}, task }: DescribeHint) =>
    describeImageTable(path, { ...images, ...(task && { task }) }),
  folder: async (path: string) =>
    (await folderProblem(path)) ?? ({ kind: "folder", format: "folder", bytes: 0 } as const),
  textFolder: (path: string, { images = {} }: DescribeHint) => describeTextFolder(path, images),
  cifar: (path: string, { images = {} }: DescribeHint) => describeCifar(path, images),
  savedModel: (path: string) => describeSavedModel(path),
  parquet: (path: string, { parquet = {}, task }: DescribeHint) =>
    describeParquet(path, { ...parquet, ...(task && { task }) }),
} as const;

const mayBeFolder = (format: FileFormat | undefined): format is keyof typeof folderFormats =>
  format !== undefined && format in folderFormats;

function describeFormat(
  opened: OpenFile,
  format: Exclude<FileFormat, keyof typeof folderFormats>,
  hint: DescribeHint,
) {
  switch (format) {
    case "idx":
    case "npy":
      return describeArray(opened.file, format, hint);
    case "npz":
      return describeArchive(opened.file, hint);
    case "csv":
    case "jsonl":
      return describeTable(opened.file, format, hint);
    case "onnx":
      return describeOnnx(opened);
    case "tfjs":
      return describeModelJson(opened);
    case "safetensors":
      return describeSafetensors(opened);
    case "lines":
      return describeLines(opened.file, hint);
    case "tokenizer":
      return describeTokenizer(opened.file);
  }
}

let lastDescribed: Promise<unknown> = Promise.resolve();

/** One at a time: each may keep a processor busy up to its time limit. */
function describeTokenizer(file: string) {
  const described = lastDescribed.then(() => openedTokenizer(file));
  lastDescribed = described.catch(() => {});
  return described;
}

async function openedTokenizer(file: string) {
  const opened = await openTokenizer(file);
  if ("code" in opened) return opened;
  await opened.close();
  const { vocabulary, padding } = opened.facts;
  return { kind: "tokenizer", format: "tokenizer", vocabulary, padding } as const;
}

/** Tells formats apart by their first bytes, and by the name where there are none. */
async function findFormat(
  opened: OpenFile,
): Promise<Exclude<FileFormat, keyof typeof folderFormats> | DataProblem> {
  const head = await readAt(opened, 0, 16);
  if ("code" in head) return head;
  const text = String.fromCharCode(...head);
  const name = opened.file.toLowerCase();
  if (text.startsWith("\x93NUMPY")) return "npy";
  if (text.startsWith("PK")) return "npz";
  if (text.startsWith("\0\0") && head[2] !== 0) return "idx";
  if (text.startsWith("\x1f\x8b")) return /\.(csv|tsv|txt)\.gz$/.test(name) ? "csv" : "idx";
  if (/^.{8}\{/s.test(text) && head[7] === 0) return "safetensors";
  if (/^\s*\{/.test(text)) return "tfjs";
  if (name.endsWith(".onnx") || text.startsWith("\x08")) return "onnx";
  if (name.endsWith(".safetensors")) return "safetensors";
  return "csv";
}
