import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { loadEager } from "../../../test/support/eager.ts";
import { tensorflowForTests } from "../../../test/support/tensorflow.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { toNormalizer } from "../../data/normalizer.ts";
import type { LoadProgram, Program } from "../program.ts";
import { normalizeBytes } from "./normalizeBytes.ts";

const load = await tensorflowForTests();

/** Every byte in every channel: [256, channels]. */
const bytesOf = (channels: number) =>
  Uint8Array.from({ length: 256 * channels }, (_, i) => Math.floor(i / channels));

async function normalized(
  normalize: ResolvedNormalize,
  channels: number,
  engine: LoadProgram,
): Promise<Float32Array> {
  // From a table, as a training has them: of bytes that are fed TensorFlow rearranges less of what is done with them.
  const program: Program = {
    state: {},
    tables: { bytes: { shape: [256, channels], dtype: "uint8" } },
    entries: [
      {
        name: "normalize",
        inputs: { rows: { shape: [256], dtype: "int32" } },
        run: (_, { rows }, lookUp) => ({
          state: {},
          outputs: { x: normalizeBytes(normalize, channels)(lookUp("bytes", rows as Tensor)) },
        }),
      },
    ],
  };
  const executor = await engine(program, { bytes: bytesOf(channels) });
  const { x } = await executor.run("normalize", { rows: Int32Array.from({ length: 256 }, (_, row) => row) });
  await executor.dispose();
  return x as Float32Array;
}

function onHost(normalize: ResolvedNormalize, channels: number): Float32Array {
  const out = new Float32Array(256 * channels);
  toNormalizer(normalize, channels).stretch(bytesOf(channels), 0, out.length, out, 0);
  return out;
}

const usual: Readonly<Record<string, readonly [ResolvedNormalize, number]>> = {
  nothing: [{ scale: 1, mean: [0], std: [1] }, 1],
  "[0, 1]": [{ scale: 1 / 255, mean: [0], std: [1] }, 1],
  "[-1, 1]": [{ scale: 1 / 127.5, mean: [1], std: [1] }, 1],
  MNIST: [{ scale: 1 / 255, mean: [0.1307], std: [0.3081] }, 1],
  "ImageNet's": [{ scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }, 3],
  "one deviation for three channels": [{ scale: 1, mean: [125.3, 123, 113.9], std: [63] }, 3],
  "far from the data": [{ scale: 1e-3, mean: [1e6], std: [1e-9] }, 1],
  "arithmetic gives the bits of one channel and not of the other": [
    { scale: 0.1, mean: [0, 11.1], std: [1, 0.49] },
    2,
  ],
  "a mean that is a byte": [{ scale: 1, mean: [33], std: [7] }, 1],
};

for (const [name, [normalize, channels]] of Object.entries(usual)) {
  test(`bytes are normalised in the graph to the host's bits: ${name} (eager)`, async () => {
    assert.deepEqual(await normalized(normalize, channels, loadEager), onHost(normalize, channels));
  });
  test(`bytes are normalised in the graph to the host's bits: ${name} (tensorflow)`, {
    skip: load ? false : "there is no TensorFlow engine",
  }, async () => {
    assert.ok(load);
    assert.deepEqual(await normalized(normalize, channels, load), onHost(normalize, channels));
  });
}

test("any normalisation gives the host's bits", async () => {
  const number = fc.double({ min: -300, max: 300, noNaN: true });
  const positive = fc.double({ min: 1e-6, max: 300, noNaN: true });
  await fc.assert(
    fc.asyncProperty(number, number, positive, async (scale, mean, std) => {
      const normalize = { scale, mean: [mean], std: [std] };
      assert.deepEqual(await normalized(normalize, 1, loadEager), onHost(normalize, 1));
    }),
    { numRuns: 200 },
  );
});
