/** Writers of small data files, for tests only. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A directory of its own for one test. */
export async function temporaryDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "data-test-"));
  context.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes files into a directory of their own and gives its path. */
export async function filesIn(
  context: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const directory = await temporaryDirectory(context);
  await Promise.all(
    Object.entries(files).map(([name, content]) => writeFile(join(directory, name), content)),
  );
  return directory;
}

type Encode = (view: DataView, at: number, value: number, little: boolean) => void;

const idxTypes: Readonly<Record<string, readonly [code: number, bytes: number, set: Encode]>> = {
  uint8: [8, 1, (view, at, value) => view.setUint8(at, value)],
  int8: [9, 1, (view, at, value) => view.setInt8(at, value)],
  int16: [11, 2, (view, at, value, little) => view.setInt16(at, value, little)],
  int32: [12, 4, (view, at, value, little) => view.setInt32(at, value, little)],
  float32: [13, 4, (view, at, value, little) => view.setFloat32(at, value, little)],
  float64: [14, 8, (view, at, value, little) => view.setFloat64(at, value, little)],
};

export function encodeIdx(type: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const [code, bytes, set] = idxTypes[type] as (typeof idxTypes)[string];
  const offset = 4 + 4 * shape.length;
  const view = new DataView(new ArrayBuffer(offset + values.length * bytes));
  view.setUint32(0, (code << 8) | shape.length);
  for (const [i, axis] of shape.entries()) view.setUint32(4 + 4 * i, axis);
  for (const [i, value] of values.entries()) set(view, offset + i * bytes, value, false);
  return new Uint8Array(view.buffer);
}

const npyTypes: Readonly<Record<string, readonly [bytes: number, set: Encode]>> = {
  b1: [1, (view, at, value) => view.setUint8(at, value)],
  u1: [1, (view, at, value) => view.setUint8(at, value)],
  i1: [1, (view, at, value) => view.setInt8(at, value)],
  u2: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  i2: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  u4: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  i4: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  u8: [8, (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
  i8: [8, (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)],
  f4: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  f8: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
};

/** `values` in the order of the file. */
export function encodeNpy(
  descr: string,
  shape: readonly number[],
  values: readonly number[],
  { fortran = false, version = 1 }: { readonly fortran?: boolean; readonly version?: 1 | 2 | 3 } = {},
): Uint8Array {
  const [bytes, set] = npyTypes[descr.slice(1)] as (typeof npyTypes)[string];
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${axes}), }`;
  const prefix = version === 1 ? 10 : 12;
  const length = Math.ceil((prefix + dictionary.length + 1) / 64) * 64 - prefix;
  const view = new DataView(new ArrayBuffer(prefix + length + values.length * bytes));
  const out = new Uint8Array(view.buffer);
  out.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), prefix);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  const little = descr[0] !== ">";
  for (const [i, value] of values.entries()) set(view, prefix + length + i * bytes, value, little);
  return out;
}
