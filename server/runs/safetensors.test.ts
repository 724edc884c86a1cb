import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from "./safetensors.ts";

const tensors: StoredTensors = {
  mask: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
  kernel: { dtype: "float32", shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, 1e-45) },
  scalar: { dtype: "float32", shape: [], data: Float32Array.of(7) },
  empty: { dtype: "uint8", shape: [0, 4], data: new Uint8Array(0) },
  labels: { dtype: "int32", shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
};

test("what is read is what was written, bit for bit, with its metadata", () => {
  const { tensors: read, metadata } = decodeSafetensors(encodeSafetensors(tensors, { format: "tf" }), "w");
  assert.deepEqual({ ...read }, tensors);
  assert.deepEqual(metadata, { format: "tf" });
});

test("the bytes are those of the format", () => {
  const bytes = encodeSafetensors({ a: { dtype: "float32", shape: [1, 2], data: Float32Array.of(1, 2) } });
  const header = '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  assert.equal(bytes[0], Math.ceil(header.length / 8) * 8);
  assert.equal(Buffer.from(bytes).toString("latin1", 8, 8 + header.length), header);
  assert.deepEqual([...bytes.slice(-8)], [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
});

test("values are aligned and the order of names does not matter", () => {
  const bytes = encodeSafetensors(tensors);
  const headerLength = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(Buffer.from(bytes).toString("utf8", 8, 8 + headerLength));
  assert.equal(headerLength % 8, 0);
  assert.equal(header.kernel.data_offsets[0] % 4, 0);
  assert.equal(header.labels.data_offsets[0] % 4, 0);
  assert.deepEqual(encodeSafetensors(Object.fromEntries(Object.entries(tensors).reverse())), bytes);
});

test("reads from a buffer that begins at an odd address, as a pooled Buffer may", () => {
  const bytes = encodeSafetensors(tensors);
  const shifted = Buffer.alloc(bytes.length + 1);
  shifted.set(bytes, 1);
  const { tensors: read } = decodeSafetensors(shifted.subarray(1), "w");
  shifted.fill(0xff);
  assert.deepEqual({ ...read }, tensors);
});

const whole = encodeSafetensors(tensors);
const cases: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["an empty file", new Uint8Array(0), /at least 8 bytes, found 0/],
  ["a header beyond the end", whole.slice(0, 40), /header claims \d+ bytes, the file has 40/],
  ["a file cut inside the values", whole.slice(0, -1), /tensor .* stands at bytes/],
  ["another kind of file", new Uint8Array(100).fill(0x7b), /header claims/],
  ["an unknown dtype", withHeader('{"a":{"dtype":"F8","shape":[],"data_offsets":[0,1]}}'), /dtype F8/],
  [
    "offsets that do not fit the shape",
    withHeader('{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,1]}}'),
    /shape \[9\]/,
  ],
  ["a header that is no object", withHeader("[]"), /not a JSON object/],
];
for (const [what, bytes, message] of cases)
  test(`${what} is refused with the file's name`, () => {
    assert.throws(() => decodeSafetensors(bytes, "/tmp/w.safetensors"), {
      name: "RunError",
      code: "damaged",
      message,
    });
    assert.throws(() => decodeSafetensors(bytes, "/tmp/w.safetensors"), /\/tmp\/w\.safetensors/);
  });

test("a shape that does not fit its values is a bug of the caller", () => {
  assert.throws(
    () => encodeSafetensors({ a: { dtype: "float32", shape: [3], data: new Float32Array(2) } }),
    /needs 3 values, found 2/,
  );
});

function withHeader(header: string): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(1)]);
}
