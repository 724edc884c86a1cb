import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip, createInflateRaw } from "node:zlib";
import type { DataProblem } from "../problem.ts";
import { entriesOf, openRegular } from "../reading.ts";
import { type ExpectedKind, foreignFormat, headBytes } from "./foreign.ts";

/** Bytes read from front to back, unpacked on the way where the file is packed. */
export interface ByteSource {
  readonly file: string;
  /** Of a file in an archive. */
  readonly archive?: string;
  /** How many bytes there are, if that is known before the end. */
  readonly size: number | undefined;
  /** No more bytes than this can come, so that a header's claim is checked before memory is taken for it. */
  readonly mostBytes: number;
  /** Where the bytes lie as they are in a file, if they do. */
  readonly place?: { readonly file: string; readonly start: number };
  /** Fills `into` from the current place on; fewer bytes come only at the end. */
  read(into: Uint8Array): Promise<number | DataProblem>;
  /** How much of the file has been read, packed or not. */
  progress(): Progress;
  close(): Promise<void>;
}

export type Progress = readonly [done: number, total: number];

/** Deflate packs at most 1032 : 1 (zlib.net, "Maximum Compression Factor"). */
const mostDeflated = 1032;

/** A single read call takes less than 2 GiB. */
const readLimit = 2 ** 30;

const chunk = 2 ** 18;

export interface OpenFile {
  readonly file: string;
  readonly handle: FileHandle;
  readonly size: number;
}

/** Opens a regular file that is not empty, and not of a kind that nothing here reads. */
export async function openFile(file: string, kind: ExpectedKind = {}): Promise<OpenFile | DataProblem> {
  try {
    const regular = await openRegular(file);
    if ("code" in regular)
      return regular.found === "directory"
        ? { code: "not-a-file", message: await aboutFolder(file, kind), file }
        : regular;
    const opened = { file, ...regular };
    if (opened.size === 0) {
      await opened.handle.close();
      return { code: "empty-file", message: "The file is empty.", file };
    }
    const head = await readAt(opened, 0, Math.min(headBytes, opened.size));
    const foreign = "code" in head ? undefined : foreignFormat(file, head, kind);
    if (!("code" in head) && foreign === undefined) return opened;
    await opened.handle.close();
    if ("code" in head) return head;
    const message = `This is ${foreign?.what}, which is not supported. ${foreign?.way}`;
    return { code: "unsupported-format", message, file };
  } catch (error) {
    return fileProblem(file, error);
  }
}

/** Names under which models lie in a folder of their own, as runs and exports write them. */
export const modelNames = ["model.json", "model.onnx"] as const;

async function aboutFolder(folder: string, { isModel }: ExpectedKind): Promise<string> {
  const entries = (await entriesOf(folder)) ?? [];
  if (entries.some(({ name }) => name === "saved_model.pb"))
    return 'This is a folder, a TensorFlow SavedModel: a teacher of "type": "savedModel" takes it. For a student make ONNX of it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.';
  if (isModel) {
    const models = modelNames.filter((model) => entries.some(({ name }) => name === model));
    return `This is a folder, not a file: name the model's file${models.length === 0 ? "" : `, ${models.join(" or ")}`}.`;
  }
  return 'This is a directory, not a file. Images in a folder for each class are a source of their own: { "type": "images", "folder": "FOLDER" }.';
}

/** Opens a file as bytes; a gzip file, told by its first two bytes, is unpacked. */
export async function openBytes(file: string, kind: ExpectedKind = {}): Promise<ByteSource | DataProblem> {
  const opened = await openFile(file, kind);
  if ("code" in opened) return opened;
  const head = await readAt(opened, 0, 2);
  if ("code" in head) {
    await opened.handle.close();
    return head;
  }
  const source =
    head[0] === 0x1f && head[1] === 0x8b
      ? inflatedBytes(opened, "gzip", 0, opened.size)
      : plainBytes(opened, 0, opened.size);
  return {
    ...source,
    async close() {
      await source.close();
      await opened.handle.close();
    },
  };
}

/** Opens a file for as long as `read` takes. */
export async function withFile<T>(
  file: string,
  kind: ExpectedKind,
  read: (opened: OpenFile) => Promise<T | DataProblem>,
): Promise<T | DataProblem> {
  const opened = await openFile(file, kind);
  if ("code" in opened) return opened;
  try {
    return await read(opened);
  } catch (error) {
    return fileProblem(file, error);
  } finally {
    await opened.handle.close();
  }
}

/** All bytes of a file. @param what it should be, as in "a tokenizer" */
export async function readWhole(
  opened: OpenFile,
  { most, what }: { readonly most: number; readonly what: string },
): Promise<Uint8Array | DataProblem> {
  const { file, size } = opened;
  if (size <= most) return readAt(opened, 0, size);
  const message = `The file is too large for ${what}.`;
  return {
    code: "too-large",
    message,
    file,
    expected: `at most ${most} bytes`,
    found: `${size} bytes`,
  };
}

/** Up to `length` bytes from `position` on, fewer at the end of the file. */
export async function readAt(
  { file, handle }: OpenFile,
  position: number,
  length: number,
): Promise<Uint8Array | DataProblem> {
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    return fileProblem(file, error);
  }
}

/** `size` bytes of an open file from `start` on; the file stays open when the source is closed. */
export function plainBytes({ file, handle }: OpenFile, start: number, size: number): ByteSource {
  let position = 0;
  return {
    file,
    size,
    mostBytes: size,
    place: { file, start },
    async read(into) {
      let filled = 0;
      try {
        while (filled < into.length && position < size) {
          const length = Math.min(into.length - filled, size - position, readLimit);
          const { bytesRead } = await handle.read(into, filled, length, start + position);
          if (bytesRead === 0) break;
          filled += bytesRead;
          position += bytesRead;
        }
        return filled;
      } catch (error) {
        return fileProblem(file, error);
      }
    },
    progress: () => [position, size],
    close: async () => {},
  };
}

/** The packed bytes of an open file from `start` on, unpacked; the file stays open when the source is closed. */
export function inflatedBytes(
  { file, handle }: OpenFile,
  format: "gzip" | "deflate",
  start: number,
  packedSize: number,
): ByteSource {
  const inflate =
    format === "gzip" ? createGunzip({ chunkSize: chunk }) : createInflateRaw({ chunkSize: chunk });
  // The iterator below gives the error; without a callback here it would be thrown.
  let unpacked = 0;
  async function* packed(): AsyncGenerator<Uint8Array> {
    for await (const part of chunksOf(handle, start, packedSize)) {
      yield part;
      unpacked += part.length;
    }
  }
  const chunks = pipeline(packed(), inflate, () => {})[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let position = 0;
  return {
    file,
    size: undefined,
    mostBytes: packedSize * mostDeflated,
    async read(into) {
      let filled = 0;
      try {
        while (filled < into.length) {
          if (rest.length === 0) {
            const next = await chunks.next();
            if (next.done) break;
            rest = next.value as Uint8Array;
          }
          const part = rest.subarray(0, into.length - filled);
          into.set(part, filled);
          rest = rest.subarray(part.length);
          filled += part.length;
        }
        position += filled;
        return filled;
      } catch (error) {
        return packingProblem(file, position + filled, error);
      }
    },
    progress: () => [unpacked, packedSize],
    async close() {
      inflate.destroy();
    },
  };
}

/** A read stream of the handle would not do: destroying one closes the file. */
async function* chunksOf(handle: FileHandle, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size; ) {
    const { buffer, bytesRead } = await handle.read(
      new Uint8Array(Math.min(chunk, size - done)),
      0,
      null,
      start + done,
    );
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

function packingProblem(file: string, offset: number, error: unknown): DataProblem {
  const code = errorCode(error);
  if (code === "Z_BUF_ERROR") {
    return { code: "truncated", message: "The packed data ends too early.", file, offset };
  }
  if (code?.startsWith("Z_")) {
    return { code: "corrupt", message: `The packed data is damaged: ${messageOf(error)}.`, file, offset };
  }
  return fileProblem(file, error);
}

/** What the operating system says about a file, as a problem. */
export function fileProblem(file: string, error: unknown): DataProblem {
  switch (errorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENAMETOOLONG":
    case "ERR_INVALID_ARG_VALUE": // a zero byte in the name
      return { code: "missing-file", message: "No such file.", file };
    case "EACCES":
    case "EPERM":
      return {
        code: "permission-denied",
        message: "The file may not be read: permission denied. Give your user the right to read it.",
        file,
      };
    case "ELOOP":
      return {
        code: "unreadable-file",
        message: "The file is a link that leads back to itself. Put the file itself there.",
        file,
      };
    default:
      // What is not from the operating system is a bug.
      if (!(error instanceof Error && "syscall" in error)) throw error;
      return { code: "unreadable-file", message: `The file cannot be read: ${messageOf(error)}.`, file };
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
