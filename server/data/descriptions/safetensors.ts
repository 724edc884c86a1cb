import { type OpenFile, readAt } from "../formats/bytes.ts";
import { truncated } from "../formats/elements.ts";
import type { DataProblem } from "../problem.ts";
import { sizeOf } from "../samples.ts";
import type { NamedArray, WeightsDescription } from "./description.ts";

/** The format allows 100 MB; models of ten thousand tensors need about 1 MB. */
const longestHeader = 2 ** 24;

/** Reads the header of a safetensors file: its length as uint64, then JSON {name: {dtype, shape, data_offsets}}. */
export async function describeSafetensors(opened: OpenFile): Promise<WeightsDescription | DataProblem> {
  const { file, size } = opened;
  const head = await readAt(opened, 0, 8);
  if ("code" in head) return head;
  if (head.length < 8) return truncated(file, size, 8);
  const length = Number(new DataView(head.buffer).getBigUint64(0, true));
  if (length > longestHeader) return notSafetensors(file, `a header of ${length} bytes`);
  if (8 + length > size) return truncated(file, size, 8 + length);
  const text = await readAt(opened, 8, length);
  if ("code" in text) return text;
  const header = parseHeader(new TextDecoder().decode(text));
  if (header === undefined) return notSafetensors(file, "another header");
  const expected = 8 + length + header.dataSize;
  if (size < expected) return truncated(file, size, expected);
  const { tensors, metadata } = header;
  const parameters = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { kind: "weights", format: "safetensors", bytes: size, tensors, parameters, metadata };
}

function parseHeader(text: string) {
  const header = parseObject(text);
  if (header === undefined) return undefined;
  const tensors: NamedArray[] = [];
  let metadata: Record<string, string> = {};
  let dataSize = 0;
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
    tensors.push({ name, dtype, shape });
    dataSize = Math.max(dataSize, offsets[1] ?? 0);
  }
  return { tensors, metadata, dataSize };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
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
