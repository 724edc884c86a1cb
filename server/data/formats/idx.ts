import type { DataProblem } from "../problem.ts";
import type { ArrayHeader } from "./array.ts";
import type { ByteSource } from "./bytes.ts";
import { type ElementKind, readExactly } from "./elements.ts";

/** Type bytes of the IDX format (LeCun, "The MNIST database of handwritten digits"). */
const kinds: Readonly<Record<number, ElementKind>> = {
  8: "uint8",
  9: "int8",
  11: "int16",
  12: "int32",
  13: "float32",
  14: "float64",
};

/** Reads the header of an IDX file: two zero bytes, type, number of axes, then each axis; all of it big-endian. */
export async function readIdxHeader(source: ByteSource): Promise<ArrayHeader | DataProblem> {
  const magic = new Uint8Array(4);
  const problem = await readExactly(source, magic, 0);
  if (problem) return problem;
  const [zero0, zero1, type, rank] = magic as unknown as [number, number, number, number];
  const kind = kinds[type];
  if (zero0 !== 0 || zero1 !== 0 || kind === undefined || rank === 0) {
    return {
      code: "wrong-magic",
      message: "This is not an IDX file.",
      file: source.file,
      offset: 0,
      expected: "00 00, a type of 08, 09 or 0b to 0e, and at least one axis",
      found: Array.from(magic, (byte) => byte.toString(16).padStart(2, "0")).join(" "),
    };
  }
  const axes = new Uint8Array(rank * 4);
  const axesProblem = await readExactly(source, axes, 4);
  if (axesProblem) return axesProblem;
  const view = new DataView(axes.buffer);
  return {
    type: { kind, littleEndian: false },
    shape: Array.from({ length: rank }, (_, axis) => view.getUint32(axis * 4)),
    columnMajor: false,
    dataOffset: 4 + rank * 4,
  };
}
