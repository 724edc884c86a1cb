import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeNpy, filesIn } from "../fixtures.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadSource } from "./load.ts";

const load = (directory: string, changed: { take?: number; shape?: number[] } = {}) =>
  loadSource({ type: "npy", features: "x.npy", labels: "y.npy", ...changed }, directory);

async function loaded(...call: Parameters<typeof load>): Promise<Samples> {
  const samples = await load(...call);
  assert.ok(!("code" in samples), `problem: ${JSON.stringify(samples)}`);
  return samples;
}

async function problem(...call: Parameters<typeof load>): Promise<DataProblem> {
  const found = await load(...call);
  assert.ok("code" in found, "no problem was found");
  return found;
}

const y = encodeNpy("<i8", [2], [1, 0]);

for (const [descr, values] of [
  ["|b1", [0, 1, 1, 0]],
  ["|u1", [0, 255, 7, 128]],
  ["|i1", [0, -128, 127, -1]],
  ["<u2", [0, 65535, 1, 256]],
  [">u2", [0, 65535, 1, 256]],
  ["<i2", [-32768, 1, 2, 3]],
  [">i2", [-32768, 1, 2, 3]],
  ["<u4", [0, 4294967040, 1, 2]],
  [">i4", [-65536, 1, 2, 3]],
  ["<i8", [-(2 ** 40), 1, 2, 3]],
  [">u8", [2 ** 40, 1, 2, 3]],
  ["<f4", [0.5, -1.25, 1e30, 3]],
  [">f4", [0.5, -1.25, 1e30, 3]],
  ["=f8", [0.5, -1.25, 1e30, 3]],
  [">f8", [0.1, -1.25, 1e30, 3]],
] as const) {
  test(`${descr} is read`, async (t) => {
    const samples = await loaded(await filesIn(t, { "x.npy": encodeNpy(descr, [2, 2], values), "y.npy": y }));
    const isBytes = descr === "|u1" || descr === "|b1";
    assert.deepEqual(samples.storage, isBytes ? Uint8Array.from(values) : Float32Array.from(values));
    assert.deepEqual([samples.shape, samples.classes, Array.from(samples.labels)], [[2], 2, [1, 0]]);
  });
}

test("float16 is read: 1, −2, the largest, the smallest", async (t) => {
  const bits = [0x3c00, 0xc000, 0x7bff, 0x0001];
  const asHalf = new TextDecoder("latin1").decode(encodeNpy("<u2", [2, 2], bits)).replace("<u2", "<f2");
  const x = Uint8Array.from(asHalf, (char) => char.charCodeAt(0));
  x.set([0x93], 0);
  const samples = await loaded(await filesIn(t, { "x.npy": x, "y.npy": y }));
  assert.deepEqual(samples.storage, Float32Array.of(1, -2, 65504, 2 ** -24));
});

test("Fortran order is turned into C order, also with take", async (t) => {
  // Sample i, row j, column k has the value 100 i + 10 j + k.
  const order: number[] = [];
  for (let k = 0; k < 4; k++)
    for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) order.push(100 * i + 10 * j + k);
  const directory = await filesIn(t, {
    "x.npy": encodeNpy("<f4", [2, 3, 4], order, { fortran: true }),
    "y.npy": y,
  });
  const all = [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23];
  const samples = await loaded(directory);
  assert.deepEqual(Array.from(samples.storage), [...all, ...all.map((value) => value + 100)]);
  assert.deepEqual(Array.from((await loaded(directory, { take: 1 })).storage), all);
});

test("versions 2 and 3 of the header are read", async (t) => {
  for (const version of [2, 3] as const) {
    const x = encodeNpy("<f4", [2, 1], [1, 2], { version });
    assert.deepEqual(
      (await loaded(await filesIn(t, { "x.npy": x, "y.npy": y }))).storage,
      Float32Array.of(1, 2),
    );
  }
});

test("a sample of one number has the shape [1]", async (t) => {
  const samples = await loaded(await filesIn(t, { "x.npy": encodeNpy("<f4", [2], [1, 2]), "y.npy": y }));
  assert.deepEqual(samples.shape, [1]);
});

test("one-hot labels give their classes", async (t) => {
  const x = encodeNpy("<f4", [2, 1], [1, 2]);
  const oneHot = encodeNpy("<f4", [2, 4], [0, 0, 1, 0, 1, 0, 0, 0]);
  const samples = await loaded(await filesIn(t, { "x.npy": x, "y.npy": oneHot }));
  assert.deepEqual([Array.from(samples.labels), samples.classes], [[2, 0], 4]);
  const column = encodeNpy("<i4", [2, 1], [3, 0]);
  assert.equal((await loaded(await filesIn(t, { "x.npy": x, "y.npy": column }))).classes, 4);
  const soft = encodeNpy("<f4", [2, 2], [0.5, 0.5, 1, 0]);
  const found = await problem(await filesIn(t, { "x.npy": x, "y.npy": soft }));
  assert.equal(found.code, "unsupported-task");
  assert.match(found.message, /sample 0 is a row of probabilities/);
});

test("a large array streams past in chunks", async (t) => {
  const count = 300_000;
  const x = encodeNpy(
    "<f8",
    [count, 1],
    Array.from({ length: count }, (_, i) => i),
  );
  const labels = encodeNpy("<i2", [count], new Array<number>(count).fill(0));
  const samples = await loaded(await filesIn(t, { "x.npy": x, "y.npy": labels }));
  assert.ok((samples.storage as Float32Array).every((value, i) => value === i));
});

test("element types without numbers are refused by name", async (t) => {
  for (const descr of ["<U10", "|O", "<c8", "<f16", "<M8"]) {
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (2,), }`;
    const x = Uint8Array.from([
      0x93,
      0x4e,
      0x55,
      0x4d,
      0x50,
      0x59,
      1,
      0,
      text.length,
      0,
      ...Buffer.from(text),
    ]);
    const { code, found } = await problem(await filesIn(t, { "x.npy": x, "y.npy": y }));
    assert.deepEqual([code, found], ["unsupported-dtype", descr]);
  }
});

test("a float64 beyond float32 is not finite", async (t) => {
  const x = encodeNpy("<f8", [2, 1], [1, 1e300]);
  assert.equal((await problem(await filesIn(t, { "x.npy": x, "y.npy": y }))).code, "not-finite");
});
