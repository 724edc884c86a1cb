import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunError } from "./runError.ts";
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

test("of one width, values stand in the order of their names", () => {
  const one = (value: number) => ({ dtype: "float32", shape: [], data: Float32Array.of(value) }) as const;
  const bytes = encodeSafetensors({ b: one(2), c: one(3), a: one(1) });
  assert.deepEqual([...new Float32Array(bytes.slice(-12).buffer)], [1, 2, 3]);
});

test("a file may hold nothing, and no more than its header", () => {
  assert.deepEqual({ ...decodeSafetensors(withHeader("{}", 0), "w").tensors }, {});
  assert.deepEqual(decodeSafetensors(encodeSafetensors({}), "w").metadata, {});
});

const entry = (parts: string) => withHeader(`{"a":{${parts}}}`);
const dtypes = "expected one of F32, I32, U8, BOOL";
const needs = "tensor a needs a shape and two data_offsets";
const texts = "__metadata__ is not an object of texts";
const whole = encodeSafetensors(tensors);
const cases: readonly [what: string, bytes: Uint8Array, why: string][] = [
  ["an empty file", new Uint8Array(0), "expected at least 8 bytes, found 0"],
  ["a file without a header", new Uint8Array(8), "the header is not JSON"],
  ["a header beyond the end", whole.slice(0, 40), "the header claims 304 bytes, the file has 40"],
  [
    "another kind of file",
    new Uint8Array(100).fill(0x7b),
    "the header claims 8897841259083431000 bytes, the file has 100",
  ],
  ["a header that is no text", withHeader(Buffer.from([0x22, 0xff, 0x22])), "the header is not JSON"],
  ["a header that is no JSON", withHeader("{"), "the header is not JSON"],
  ...["[]", "null", "1", '"a"'].map((header): [string, Uint8Array, string] => [
    `the header ${header}`,
    withHeader(header),
    "the header is not a JSON object",
  ]),
  [
    "a file cut inside the values",
    whole.slice(0, -1),
    "tensor mask of shape [3] stands at bytes 28 to 31 of 30",
  ],
  [
    "an unknown dtype",
    entry('"dtype":"F8","shape":[],"data_offsets":[0,1]'),
    `tensor a has dtype F8, ${dtypes}`,
  ],
  [
    "a dtype that every object has",
    entry('"dtype":"toString","shape":[],"data_offsets":[0,1]'),
    `tensor a has dtype toString, ${dtypes}`,
  ],
  [
    "a dtype that is no text",
    entry('"dtype":["U8"],"shape":[],"data_offsets":[0,1]'),
    `tensor a has no dtype, ${dtypes}`,
  ],
  ["a tensor of nothing", withHeader('{"a":null}'), `tensor a has no dtype, ${dtypes}`],
  [
    "offsets that do not fit the shape",
    entry('"dtype":"U8","shape":[9],"data_offsets":[0,1]'),
    "tensor a of shape [9] stands at bytes 0 to 1 of 1",
  ],
  [
    "values behind the end",
    entry('"dtype":"U8","shape":[1],"data_offsets":[1,2]'),
    "tensor a of shape [1] stands at bytes 1 to 2 of 1",
  ],
  ["no shape", entry('"dtype":"U8","data_offsets":[0,1]'), needs],
  ["no offsets", entry('"dtype":"U8","shape":[1]'), needs],
  ["three offsets", entry('"dtype":"U8","shape":[1],"data_offsets":[0,1,2]'), needs],
  ["one offset", entry('"dtype":"U8","shape":[0],"data_offsets":[0]'), needs],
  ["a shape that is no list", entry('"dtype":"U8","shape":1,"data_offsets":[0,1]'), needs],
  ["a length that is no number", entry('"dtype":"U8","shape":["1"],"data_offsets":[0,1]'), needs],
  ["half a length", entry('"dtype":"U8","shape":[0.5,2],"data_offsets":[0,1]'), needs],
  ["negative lengths", entry('"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]'), needs],
  ["metadata that are none", withHeader('{"__metadata__":null}'), texts],
  ["metadata that are a text", withHeader('{"__metadata__":"a"}'), texts],
  ["metadata that are no texts", withHeader('{"__metadata__":{"a":"b","c":1}}'), texts],
];
for (const [what, bytes, why] of cases)
  test(`${what} is refused with the file's name`, () => {
    assert.throws(
      () => decodeSafetensors(bytes, "/tmp/w.safetensors"),
      ({ name, code, message, hint }: RunError) => {
        assert.deepEqual(
          { name, code, message, hint },
          {
            name: "RunError",
            code: "damaged",
            message: `/tmp/w.safetensors is not a whole safetensors file: ${why}.`,
            hint: "Use another copy of the file.",
          },
        );
        return true;
      },
    );
  });

test("a header is at most as long as the reference implementation takes", () => {
  const bytes = Buffer.alloc(8 + 100_000_001);
  bytes.writeBigUInt64LE(100_000_000n);
  assert.throws(() => decodeSafetensors(bytes, "w"), { code: "damaged", message: /the header is not JSON/ });
  bytes.writeBigUInt64LE(100_000_001n);
  assert.throws(() => decodeSafetensors(bytes, "w"), { code: "damaged", message: /claims 100000001 bytes/ });
});

test("why a header is not JSON is kept", () => {
  assert.throws(
    () => decodeSafetensors(withHeader("{"), "w"),
    ({ cause }: RunError) => cause instanceof SyntaxError,
  );
});

test("a shape that does not fit its values is a bug of the caller", () => {
  assert.throws(
    () => encodeSafetensors({ a: { dtype: "float32", shape: [3], data: new Float32Array(2) } }),
    /needs 3 values, found 2/,
  );
});

function withHeader(header: string | Buffer, values = 1): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(values)]);
}
