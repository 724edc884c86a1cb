import { isRecord } from "../../isRecord.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { DataProblem } from "../problem.ts";
import { type OpenFile, plainBytes, readAt } from "./bytes.ts";
import { type ElementKind, elementBytes, readElements, truncated } from "./elements.ts";

/** A tensor of a safetensors file, and where its values lie in the file. */
export interface StoredTensor {
  /** As the file calls it. */
  readonly dtype: string;
  /** Absent where nothing here reads it. */
  readonly kind?: ElementKind;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

const kinds: Readonly<Record<string, ElementKind>> = {
  BOOL: "bool",
  U8: "uint8",
  I8: "int8",
  U16: "uint16",
  I16: "int16",
  U32: "uint32",
  I32: "int32",
  U64: "uint64",
  I64: "int64",
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
};

/** The format allows 100 MB; models of ten thousand tensors need about 1 MB. */
const longestHeader = 2 ** 24;

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads the header of a safetensors file: its length as uint64, then JSON {name: {dtype, shape, data_offsets}}. */
export async function readSafetensorsHeader(opened: OpenFile): Promise<SafetensorsHeader | DataProblem> {
  const { file, size } = opened;
  const head = await readAt(opened, 0, 8);
  if ("code" in head) return head;
  if (head.length < 8) return truncated(file, size, 8);
  const length = Number(new DataView(head.buffer).getBigUint64(0, true));
  if (length > longestHeader) return notSafetensors(file, `a header of ${length} bytes`);
  if (8 + length > size) return truncated(file, size, 8 + length);
  const text = await readAt(opened, 8, length);
  if ("code" in text) return text;
  const header = parseHeader(new TextDecoder().decode(text), 8 + length);
  if (header === undefined) return notSafetensors(file, "another header");
  const expected = [...header.tensors.values()].reduce((most, { end }) => Math.max(most, end), 8 + length);
  return size < expected ? truncated(file, size, expected) : header;
}

/** The tensors of numbers with a fraction, such as weights are; by dtype, as the file has it. */
export const isOfFractions = (dtype: string): boolean => /^(F64|F32|F16|BF16)$/.test(dtype);

/** All numbers of a tensor, as float32. */
export async function readTensor(
  opened: OpenFile,
  { kind, shape, start, end }: StoredTensor,
): Promise<Float32Array | DataProblem> {
  const values = new Float32Array(sizeOf(shape));
  const type = { kind: kind as ElementKind, littleEndian: true };
  return (await readElements(plainBytes(opened, start, end - start), type, values, start)) ?? values;
}

/** @param start where the values of all tensors begin */
function parseHeader(text: string, start: number): SafetensorsHeader | undefined {
  const header = parseObject(text);
  if (header === undefined) return undefined;
  const tensors = new Map<string, StoredTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = Object.fromEntries(
        Object.entries(value ?? {}).filter(
          (entry): entry is [string, string] => typeof entry[1] === "string",
        ),
      );
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
    if (typeof dtype !== "string" || !isNumbers(shape) || !isNumbers(offsets)) return undefined;
    const [from = 0, to = 0] = offsets;
    const kind = Object.hasOwn(kinds, dtype) ? kinds[dtype] : undefined;
    if (to < from || (kind !== undefined && to - from !== sizeOf(shape) * elementBytes[kind]))
      return undefined;
    tensors.set(name, { dtype, ...(kind && { kind }), shape, start: start + from, end: start + to });
  }
  return { tensors, metadata };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function notSafetensors(file: string, found: string): DataProblem {
  return { code: "wrong-magic", message: "This is not a safetensors file.", file, offset: 0, found };
}
