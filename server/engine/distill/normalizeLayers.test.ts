import assert from "node:assert/strict";
import { test } from "node:test";
import { loadEager } from "../../../test/support/eager.ts";
import { normalizedBytes, type ResolvedNormalize } from "../../data/normalize.ts";
import { toNormalizer } from "../../data/normalizer.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { buildNet } from "../nets/net.ts";
import type { Program } from "../program.ts";
import { normalizeLayers } from "./normalizeLayers.ts";

const engines = { eager: loadEager, onnxruntime: loadOnnxRuntime };

async function* normalized(normalize: ResolvedNormalize, raw: Uint8Array | Float32Array, channels: number) {
  const dtype = raw instanceof Uint8Array ? "uint8" : "float32";
  const net = buildNet(normalizeLayers(normalize, { channels, dtype }), [channels]);
  assert.ok(!("problems" in net), JSON.stringify(net));
  const shape = [raw.length / channels, channels];
  const program: Program = {
    state: {},
    entries: [
      {
        name: "normalize",
        inputs: { x: { shape, dtype: "float32" } },
        run: (_, { x }) => ({
          state: {},
          outputs: { y: net.apply({}, x as never, { training: false }).logits },
        }),
      },
    ],
  };
  for (const [engine, load] of Object.entries(engines)) {
    const executor = await load(program, {}, { threads: 1 });
    const { y } = await executor.run("normalize", { x: Float32Array.from(raw) });
    yield { engine, y: y as Float32Array };
    await executor.dispose();
  }
}

test("bytes come out as training saw them, bit for bit, on every engine", async () => {
  const bytes = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
  for (const normalize of [
    { scale: 1 / 255, mean: [0], std: [1] },
    { scale: 1 / 255, mean: [0.1307], std: [0.3081] },
    { scale: 1 / 255, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
    { scale: 1, mean: [33.318421, 120.7, 3], std: [78.567, 64.1, 1] },
  ]) {
    const table = normalizedBytes(normalize, 3);
    const expected = Float32Array.from(
      bytes,
      (byte, i) => table[(i % (table.length / 256)) * 256 + byte] as number,
    );
    for await (const { engine, y } of normalized(normalize, bytes, 3))
      assert.deepEqual(y, expected, `${engine} ${JSON.stringify(normalize)}`);
  }
});

test("other values lose at most the last bits, far from zero too", async () => {
  const raw = Float32Array.from(
    { length: 3000 },
    (_, i) => Number([5e6, 0, -3][i % 3]) + Math.sin(i) * Number([4, 1, 1e-3][i % 3]),
  );
  for (const normalize of [
    { scale: 1, mean: [5000000.3, 0.1, -3], std: [2.8, 0.7, 0.0007] },
    { scale: 0.3, mean: [1500000.09, 0.1, -0.9], std: [0.9, 0.7, 0.0002] },
    { scale: 1 / 3, mean: [0], std: [0.7] },
    { scale: 0, mean: [2], std: [3] },
  ]) {
    const expected = new Float32Array(raw.length);
    toNormalizer(normalize, 3).stretch(raw, 0, raw.length, expected, 0);
    for await (const { engine, y } of normalized(normalize, raw, 3))
      y.forEach((value, i) => {
        // Three roundings, of the offset, of the factor and of the product, and the one of the sum: 4 · 2⁻²⁴, and what is near 0
        // has them of the offset's size.
        const tolerance = 2 ** -22 * (Math.abs(expected[i] as number) + 0.25);
        assert.ok(
          Math.abs(value - (expected[i] as number)) <= tolerance,
          `${engine} ${JSON.stringify(normalize)} ${raw[i]}: ${value}, not ${expected[i]}`,
        );
      });
  }
});

test("what changes nothing adds no layer", () => {
  assert.deepEqual(
    normalizeLayers({ scale: 1, mean: [0, 0], std: [1] }, { channels: 2, dtype: "float32" }),
    [],
  );
});

test("layers are named by what they do, and there are no more than it takes", () => {
  const shape = (normalize: ResolvedNormalize, dtype: "uint8" | "float32", channels = 2) =>
    normalizeLayers(normalize, { channels, dtype }).map(({ type, name }) => `${type} ${name}`);
  assert.deepEqual(shape({ scale: 1, mean: [0], std: [1] }, "float32"), []);
  assert.deepEqual(shape({ scale: 1 / 255, mean: [0.5], std: [0.5] }, "uint8"), [
    "rescaling normalize_coarse",
    "rescaling normalize_fine",
    "add normalize",
  ]);
  assert.deepEqual(shape({ scale: 0, mean: [2], std: [3] }, "float32"), ["rescaling normalize"]);
  assert.deepEqual(shape({ scale: 2, mean: [0], std: [3] }, "float32"), ["rescaling normalize"]);
  assert.deepEqual(shape({ scale: 2, mean: [0, 1], std: [3] }, "float32"), [
    "rescaling normalize_centred",
    "rescaling normalize",
  ]);
});

test("a channel has its own mean and deviation where only one of them differs between channels", () => {
  const [, scaled] = normalizeLayers({ scale: 1, mean: [0, 1], std: [2] }, { channels: 2, dtype: "float32" });
  assert.deepEqual(scaled, { type: "rescaling", name: "normalize", scale: 0.5, offset: -0 });
  const [centred] = normalizeLayers({ scale: 1, mean: [0, 1], std: [2] }, { channels: 2, dtype: "float32" });
  assert.deepEqual(centred, { type: "rescaling", name: "normalize_centred", scale: 1, offset: [-0, -1] });
  const [only] = normalizeLayers({ scale: 1, mean: [0], std: [2, 4] }, { channels: 2, dtype: "float32" });
  assert.deepEqual(only, { type: "rescaling", name: "normalize", scale: [0.5, 0.25], offset: -0 });
});
