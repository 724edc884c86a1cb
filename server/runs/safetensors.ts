import { isRecord } from "../isRecord.ts";
import { sizeOf } from "../sizeOf.ts";
import { RunError } from "./runError.ts";

/** Values in row-major order; `bool` and `uint8` take one byte per value. */
export interface StoredTensor {
  readonly dtype: "float32" | "int32" | "uint8" | "bool";
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export type StoredTensors = Readonly<Record<string, StoredTensor>>;

const tags = { float32: "F32", int32: "I32", uint8: "U8", bool: "BOOL" } as const;
const dtypes: Readonly<Record<string, StoredTensor["dtype"]>> = {
  F32: "float32",
  I32: "int32",
  U8: "uint8",
  BOOL: "bool",
};
const bytesPerValue = { float32: 4, int32: 4, uint8: 1, bool: 1 } as const;
/** The reference implementation refuses longer headers. */
const headerLimit = 100_000_000;

/**
 * The safetensors format: header length (8 bytes, little endian), JSON header {name: {dtype, shape, data_offsets}},
 * values. The header is padded with spaces so that the values begin at a multiple of 8; wide dtypes come first, so
 * that every tensor is aligned. Equal tensors give equal bytes, whatever the order of their names.
 */
export function encodeSafetensors(
  tensors: StoredTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = Object.entries(tensors).sort(
    ([a, { dtype: x }], [b, { dtype: y }]) => bytesPerValue[y] - bytesPerValue[x] || (a < b ? -1 : 1),
  );
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const size = sizeOf(shape);
    if (size !== data.length)
      throw new Error(`${name}: shape [${shape}] needs ${size} values, found ${data.length}`);
    const begin = end;
    end += size * bytesPerValue[dtype];
    header[name] = { dtype: tags[dtype], shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** @param path only names the file in errors. Throws a RunError `damaged` that says what was expected and found. */
export function decodeSafetensors(
  bytes: Uint8Array,
  path: string,
): { readonly tensors: StoredTensors; readonly metadata: Readonly<Record<string, string>> } {
  if (bytes.length < 8) throw damaged(path, `expected at least 8 bytes, found ${bytes.length}`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > headerLimit || 8 + headerLength > bytes.length)
    throw damaged(path, `the header claims ${headerLength} bytes, the file has ${bytes.length}`);
  const { __metadata__: metadata = {}, ...header } = parseHeader(bytes.subarray(8, 8 + headerLength), path);
  const values = bytes.subarray(8 + headerLength);
  const tensors: Record<string, StoredTensor> = Object.create(null);
  for (const [name, entry] of Object.entries(header)) tensors[name] = readTensor(name, entry, values, path);
  if (!isTexts(metadata)) throw damaged(path, "__metadata__ is not an object of texts");
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(header)) return { ...header };
  } catch (error) {
    throw damaged(path, "the header is not JSON", error);
  }
  throw damaged(path, "the header is not a JSON object");
}

function readTensor(name: string, entry: unknown, values: Uint8Array, path: string): StoredTensor {
  const { dtype: tag, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const dtype = typeof tag === "string" && Object.hasOwn(dtypes, tag) ? dtypes[tag] : undefined;
  if (dtype === undefined)
    throw damaged(
      path,
      `tensor ${name} has ${typeof tag === "string" ? `dtype ${tag}` : "no dtype"}, expected one of ${Object.keys(dtypes).join(", ")}`,
    );
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw damaged(path, `tensor ${name} needs a shape and two data_offsets`);
  const [begin = 0, end = 0] = offsets;
  const size = sizeOf(shape);
  if (end - begin !== size * bytesPerValue[dtype] || end > values.length)
    throw damaged(
      path,
      `tensor ${name} of shape [${shape}] stands at bytes ${begin} to ${end} of ${values.length}`,
    );
  // A copy in a buffer of its own, which begins at an aligned address. (A Buffer's slice would not copy.)
  const { buffer } = new Uint8Array(values.subarray(begin, end));
  if (dtype === "float32") return { dtype, shape, data: new Float32Array(buffer) };
  if (dtype === "int32") return { dtype, shape, data: new Int32Array(buffer) };
  return { dtype, shape, data: new Uint8Array(buffer) };
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function damaged(path: string, why: string, cause?: unknown): RunError {
  return new RunError(
    "damaged",
    `${path} is not a whole safetensors file: ${why}.`,
    "Use another copy of the file.",
    {
      cause,
    },
  );
}
