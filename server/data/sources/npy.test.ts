import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import type { NpySource } from "../../../schemas/experiment.gen.ts";
import { encodeNpy, filesIn } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadSource } from "./sources.ts";

const load = (directory: string, changed: Partial<NpySource> = {}) =>
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
    assert.deepEqual(storageOf(samples), isBytes ? Uint8Array.from(values) : Float32Array.from(values));
    assert.deepEqual([samples.shape, samples.classes, Array.from(samples.labels)], [[2], 2, [1, 0]]);
  });
}

test("float16 is read: 1, −2, the largest, the smallest", async (t) => {
  const bits = [0x3c00, 0xc000, 0x7bff, 0x0001];
  const asHalf = new TextDecoder("latin1").decode(encodeNpy("<u2", [2, 2], bits)).replace("<u2", "<f2");
  const x = Uint8Array.from(asHalf, (char) => char.charCodeAt(0));
  x.set([0x93], 0);
  const samples = await loaded(await filesIn(t, { "x.npy": x, "y.npy": y }));
  assert.deepEqual(storageOf(samples), Float32Array.of(1, -2, 65504, 2 ** -24));
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
  assert.deepEqual(Array.from(storageOf(samples)), [...all, ...all.map((value) => value + 100)]);
  assert.deepEqual(Array.from(storageOf(await loaded(directory, { take: 1 }))), all);
});

test("channels that stand first are put last: the samples are those of an array that has them last", async (t) => {
  // Channel c of row r and column k of sample i has the value 100 i + 10 (2 r + k) + c.
  const value = (i: number, r: number, k: number, c: number) => 100 * i + 10 * (2 * r + k) + c;
  const [images, rows, width, channels] = [
    [0, 1],
    [0, 1, 2],
    [0, 1],
    [0, 1, 2],
  ];
  const first = images.flatMap((i) =>
    channels.flatMap((c) => rows.flatMap((r) => width.map((k) => value(i, r, k, c)))),
  );
  const last = images.flatMap((i) =>
    rows.flatMap((r) => width.flatMap((k) => channels.map((c) => value(i, r, k, c)))),
  );
  for (const descr of ["|u1", "<f4"]) {
    const array = encodeNpy(descr, [2, 3, 3, 2], first);
    const directory = await filesIn(t, {
      "x.npy": array,
      "flat.npy": encodeNpy(descr, [2, 18], first),
      "last.npy": encodeNpy(descr, [2, 3, 2, 3], last),
      "y.npy": y,
      "xy.npz": zipSync({ "x.npy": array, "y.npy": y }, { level: 0 }),
    });
    const expected = await loaded(directory, { features: "last.npy" });
    const layout = "channelsFirst" as const;
    assert.deepEqual(expected.shape, [3, 2, 3]);
    assert.deepEqual(await loaded(directory, { layout }), expected);
    assert.deepEqual(await loaded(directory, { layout, shape: [3, 2, 3] }), expected);
    assert.deepEqual(await loaded(directory, { features: "flat.npy", layout, shape: [3, 2, 3] }), expected);
    assert.deepEqual(await loaded(directory, { features: "last.npy", layout: "channelsLast" }), expected);
    const archive = { type: "npz", path: "xy.npz", features: "x", labels: "y", layout } as const;
    assert.deepEqual(await loadSource(archive, directory), expected);
    assert.deepEqual(
      await loaded(directory, { layout, skip: 1 }),
      await loaded(directory, { features: "last.npy", skip: 1 }),
    );
    for (const [changed, message] of [
      [{ layout, shape: [3, 3, 2] }, /has 3 channels; the shape \[3, 3, 2\] has 2/],
      [{ features: "flat.npy", layout }, /\[18\] has no channels; give its `shape`/],
    ] as [Partial<NpySource>, RegExp][]) {
      const found = await problem(directory, changed);
      assert.equal(found.code, "shape-mismatch");
      assert.match(found.message, message);
    }
  }
});

test("a value that is not finite is told at its place in a file with channels first", async (t) => {
  const directory = await filesIn(t, {
    "x.npy": encodeNpy("<f4", [2, 2, 3], [1, 2, 3, 4, 5, 6, 7, Number.NaN, 9, 10, 11, 12]),
    "y.npy": y,
  });
  assert.match(
    (await problem(directory, { layout: "channelsFirst" })).message,
    /^Value 1 of sample 1 is not/,
  );
});

test("versions 2 and 3 of the header are read", async (t) => {
  for (const version of [2, 3] as const) {
    const x = encodeNpy("<f4", [2, 1], [1, 2], { version });
    assert.deepEqual(
      storageOf(await loaded(await filesIn(t, { "x.npy": x, "y.npy": y }))),
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
  const told = await loaded(await filesIn(t, { "x.npy": x, "y.npy": soft }));
  assert.deepEqual(
    [Array.from(told.labels), told.classes, Array.from(told.targets ?? [])],
    [[0, 0], 2, [0.5, 0.5, 1, 0]],
  );
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
  assert.ok((storageOf(samples) as Float32Array).every((value, i) => value === i));
});

test("element types without numbers are refused by name", async (t) => {
  for (const descr of ["'<U10'", "'|O'", "'<c8'", "'<f16'", "'<M8'", "[('x', '<f4', (4,)), ('y', '<i8')]"]) {
    const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`;
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
    const { code, found, message } = await problem(await filesIn(t, { "x.npy": x, "y.npy": y }));
    const hasFields = descr.startsWith("[");
    const named = hasFields ? "a structured type" : descr.slice(1, -1);
    assert.deepEqual([code, found], ["unsupported-dtype", named]);
    assert.equal(message.includes("a.dtype.names"), hasFields, message);
  }
});

test("what is missing in an array is told with how to fill or to mark it", async (t) => {
  const x = encodeNpy("<f4", [2, 1], [1, Number.NaN]);
  const told = async (files: Readonly<Record<string, Uint8Array>>) =>
    (await problem(await filesIn(t, files))).message;
  assert.match(await told({ "x.npy": x, "y.npy": y }), /^Value 0 of sample 1 .* numpy\.nan_to_num /);
  const labels = encodeNpy("<f8", [2], [0, Number.NaN]);
  assert.match(
    await told({ "x.npy": encodeNpy("<f4", [2, 1], [1, 2]), "y.npy": labels }),
    /sample 1 is NaN, .* is missing write −1: numpy\.nan_to_num\(y, nan=-1\)\.$/,
  );
});

test("a float64 beyond float32 is not finite", async (t) => {
  const x = encodeNpy("<f8", [2, 1], [1, 1e300]);
  assert.equal((await problem(await filesIn(t, { "x.npy": x, "y.npy": y }))).code, "not-finite");
});

const tokens = [7, 3, 9, 0, 5, 9, 9, 0];
for (const [what, { ids = tokens, mask = [1, 1, 1, 0, 1, 0, 0, 0], more = {}, like }, expected] of [
  [
    "the number that only stands under the mask is padding",
    {},
    { vocabulary: 10, padding: 0, values: [7, 3, 9, 0, 5, 0, 0, 0] },
  ],
  [
    "where a token has it, too, one that none has",
    { mask: [1, 1, 0, 1, 1, 1, 1, 1] },
    { vocabulary: 10, padding: 8, values: [7, 3, 8, 0, 5, 9, 9, 0] },
  ],
  [
    "that of the training samples holds",
    { like: { padding: 9, vocabulary: 12 }, ids: tokens.map((id) => id % 9) },
    { vocabulary: 12, padding: 9 },
  ],
  [
    "a token that is padding there",
    { like: { padding: 3, vocabulary: 12 } },
    { code: "token-range", found: 3 },
  ],
  [
    "a number beyond",
    { more: { vocabulary: 9 } },
    { code: "token-range", expected: "an integer from 0 to 8", found: 9 },
  ],
  [
    "all numbers are tokens'",
    { ids: [0, 1, 2, 0, 1, 2, 0, 1], more: { vocabulary: 3 } },
    { code: "token-range" },
  ],
  ["no mask", { mask: [1, 1, 2, 0, 0, 0, 0, 0] }, { code: "bad-mask", found: 2 }],
  ["a mask of another shape", { mask: [1, 1, 1, 0] }, { code: "shape-mismatch", found: "[1, 4]" }],
] as readonly [
  string,
  {
    readonly ids?: number[];
    readonly mask?: number[];
    readonly more?: Partial<NpySource>;
    readonly like?: { readonly padding: number; readonly vocabulary: number };
  },
  object,
][])
  test(`numbers of tokens with a mask: ${what}`, async (t) => {
    const directory = await filesIn(t, {
      "x.npy": encodeNpy("<i8", [2, 4], ids),
      "mask.npy": encodeNpy("<i8", [mask.length / 4, 4], mask),
      "y.npy": y,
    });
    const options = like && { like: { tokens: like, shape: [4], classes: 2 } };
    const found = await loadSource(
      { type: "npy", features: "x.npy", mask: "mask.npy", labels: "y.npy", ...more },
      directory,
      options,
    );
    const seen = "code" in found ? found : { ...found.tokens, values: Array.from(storageOf(found)) };
    assert.partialDeepStrictEqual(seen, expected);
  });
