import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { loadEager } from "../../../../../test/support/eager.ts";
import {
  batchOf,
  biased,
  convolve,
  dense,
  errorOf,
  flatten,
  initialState,
  normalise,
  type TestNet,
  tolerance,
  trainingProgram,
  trainsAsEager,
} from "../../../../../test/support/trainingNets.ts";
import { sizeOf } from "../../../../sizeOf.ts";
import { loadLowered } from "../../../native/onnxruntime.ts";
import type { Data } from "../../../program.ts";
import { trace } from "../../trace.ts";
import { lowerBatchInnermost } from "./lowerBatchInnermost.ts";

const denseWeights = (name: string, inputs: number, outputs: number) => ({
  [`${name}.kernel`]: [inputs, outputs],
  [`${name}.bias`]: [outputs],
});

/** Two convolutions with ReLU and 2×2 pools and a dense layer: the workload that this lowering is made for. */
const convolutional: TestNet = {
  x: [13, 13, 1],
  weights: { w1: [3, 3, 1, 4], b1: [4], w2: [3, 3, 4, 6], b2: [6], ...denseWeights("out", 6, 5) },
  logits(w, x) {
    const first = tf.maxPool(tf.relu(biased(convolve(x, w["w1"]), w["b1"])), 2, 2, "valid");
    const second = tf.maxPool(tf.relu(biased(convolve(first, w["w2"]), w["b2"])), 2, 2, "valid");
    return dense(flatten(second), w, "out");
  },
};

const nets: Readonly<Record<string, TestNet>> = {
  "dense layers alone": {
    x: [4, 4, 1],
    weights: { ...denseWeights("hidden", 16, 7), ...denseWeights("out", 7, 5) },
    logits: (w, x) => dense(tf.relu(dense(flatten(x), w, "hidden")), w, "out"),
  },
  "two convolutions and pools": convolutional,
  "same padding and two dense layers": {
    x: [6, 7, 2],
    weights: {
      w1: [3, 3, 2, 4],
      b1: [4],
      ...denseWeights("hidden", 168, 6),
      ...denseWeights("out", 6, 5),
    },
    logits(w, x) {
      const image = tf.relu(biased(convolve(x, w["w1"], { pad: "same" }), w["b1"]));
      return dense(tf.tanh(dense(flatten(image), w, "hidden")), w, "out");
    },
  },
  "stride 2, a 5×5 filter, tanh": {
    x: [11, 10, 1],
    weights: { w1: [5, 5, 1, 3], b1: [3], w2: [3, 3, 3, 4], ...denseWeights("out", 36, 5) },
    logits(w, x) {
      const first = tf.tanh(biased(convolve(x, w["w1"], { strides: 2, pad: "same" }), w["b1"]));
      return dense(
        flatten(tf.sigmoid(convolve(first, w["w2"], { strides: 2, pad: "same" }))),
        w,
        "out",
      ).clone();
    },
  },
  "pools that overlap": {
    x: [10, 10, 1],
    weights: { w1: [3, 3, 1, 3], b1: [3], w2: [3, 3, 3, 4], ...denseWeights("out", 16, 5) },
    logits(w, x) {
      const first = tf.maxPool(tf.relu(biased(convolve(x, w["w1"]), w["b1"])), 3, 2, "valid");
      return dense(flatten(tf.maxPool(convolve(first, w["w2"], { pad: "same" }), 2, 1, "valid")), w, "out");
    },
  },
  "a pool with padding": {
    x: [7, 7, 2],
    weights: { w1: [3, 3, 2, 3], b1: [3], ...denseWeights("out", 27, 5) },
    logits: (w, x) =>
      dense(flatten(tf.maxPool(tf.elu(biased(convolve(x, w["w1"]), w["b1"])), 2, 2, "same")), w, "out"),
  },
  "average pools": {
    x: [10, 10, 1],
    weights: { w1: [3, 3, 1, 3], b1: [3], w2: [3, 3, 3, 4], ...denseWeights("out", 4, 5) },
    logits(w, x) {
      const first = tf.avgPool(tf.relu(biased(convolve(x, w["w1"]), w["b1"])), 2, 2, "valid");
      return dense(flatten(tf.avgPool(convolve(first, w["w2"]), 2, 1, "valid")), w, "out");
    },
  },
  "global average and maximum": {
    x: [6, 6, 2],
    weights: { w1: [3, 3, 2, 4], b1: [4], ...denseWeights("mean", 4, 5), ...denseWeights("most", 4, 5) },
    logits(w, x) {
      const image = tf.relu(biased(convolve(x, w["w1"]), w["b1"]));
      return tf.add(dense(tf.mean(image, [1, 2]), w, "mean"), dense(tf.max(image, [1, 2]), w, "most"));
    },
  },
  "a residual connection": {
    x: [6, 6, 3],
    weights: { w0: [1, 1, 3, 4], w1: [3, 3, 4, 4], b1: [4], w2: [3, 3, 4, 4], ...denseWeights("out", 4, 5) },
    logits(w, x) {
      const entry = convolve(x, w["w0"]);
      const inner = tf.relu(biased(convolve(entry, w["w1"], { pad: "same" }), w["b1"]));
      const sum = tf.relu(tf.add(entry, convolve(inner, w["w2"], { pad: "same" })));
      return dense(tf.mean(sum, [1, 2]), w, "out");
    },
  },
  "a gate for each channel": {
    x: [5, 5, 1],
    weights: { w1: [3, 3, 1, 4], ...denseWeights("gate", 4, 4), ...denseWeights("out", 36, 5) },
    logits(w, x) {
      const image = tf.relu(convolve(x, w["w1"]));
      const gate = tf.sigmoid(dense(tf.mean(image, [1, 2]), w, "gate"));
      return dense(flatten(tf.mul(image, tf.reshape(gate, [-1, 1, 1, 4]))), w, "out");
    },
  },
  "a separable convolution": {
    x: [6, 6, 2],
    weights: { depth: [3, 3, 2, 2], point: [1, 1, 4, 3], b: [3], ...denseWeights("out", 12, 5) },
    logits(w, x) {
      const image = tf.separableConv2d(x, w["depth"] as tf.Tensor4D, w["point"] as tf.Tensor4D, 1, "valid");
      return dense(flatten(tf.maxPool(tf.relu(biased(image, w["b"])), 2, 2, "valid")), w, "out");
    },
  },
  "batch norm in training": {
    x: [8, 8, 2],
    weights: {
      w1: [3, 3, 2, 4],
      "n1.gamma": [4],
      "n1.beta": [4],
      w2: [3, 3, 4, 4],
      "n2.gamma": [4],
      "n2.beta": [4],
      ...denseWeights("out", 4, 5),
    },
    averages: { "n1.mean": [4], "n1.variance": [4], "n2.mean": [4], "n2.variance": [4] },
    logits(w, x, average) {
      const first = tf.relu(normalise(convolve(x, w["w1"], { pad: "same" }), w, "n1", average));
      const pooled = tf.maxPool(first as tf.Tensor4D, 2, 2, "valid");
      const second = tf.relu(normalise(convolve(pooled, w["w2"]), w, "n2", average));
      return dense(tf.mean(second, [1, 2]), w, "out");
    },
  },
  "kernels without a plan of their own": {
    x: [6, 6, 1],
    weights: { w1: [3, 3, 1, 3], w2: [3, 3, 4, 3], ...denseWeights("out", 108, 5) },
    logits(w, x) {
      const joined = tf.concat([x, tf.leakyRelu(convolve(x, w["w1"], { pad: "same" }), 0.1)], 3);
      const turned = tf.transpose(tf.reverse(joined, 1), [0, 2, 1, 3]);
      return dense(flatten(tf.softplus(convolve(turned, w["w2"], { pad: "same" }))), w, "out");
    },
  },
};

for (const [what, net] of Object.entries(nets)) {
  test(`two steps of training are as op by op: ${what}`, () => trainsAsEager(net));
}

test("of equal elements in a window the first gets the gradient", async () => {
  // Blocks of 2 × 2 equal pixels and a filter of one tap: every window of the pool is a tie.
  const net: TestNet = {
    x: [4, 4, 1],
    weights: { w: [1, 1, 1, 2], ...denseWeights("out", 8, 5), shift: [1, 4, 4, 2] },
    logits: (w, x) =>
      dense(
        flatten(
          tf.maxPool(tf.add(convolve(x, w["w"]), w["shift"] as tf.Tensor) as tf.Tensor4D, 2, 2, "valid"),
        ),
        w,
        "out",
      ),
  };
  const program = trainingProgram(net, [2]);
  const initial = { ...initialState(net), shift: new Float32Array(32) };
  const blocks = Float32Array.from(
    { length: 32 },
    (_, i) => 1 + Math.floor(((i % 16) % 4) / 2) + 2 * Math.floor((i % 16) / 8),
  );
  const fed = { ...batchOf(net, 2), x: blocks };
  const oracle = await loadEager(program, initial);
  const executor = await loadLowered(lowerBatchInnermost, program, initial, { threads: 2 });
  const expected = await oracle.run("train@2", fed);
  const actual = await executor.run("train@2", fed);
  const shift = actual["gradient/shift"] as Data;
  assert.ok(errorOf(shift, expected["gradient/shift"] as Data) <= tolerance);
  const touched = [...shift.keys()].filter((i) => shift[i] !== 0).map((i) => Math.floor(i / 2));
  assert.deepEqual([...new Set(touched)], [0, 2, 8, 10]); // the first position of each window
  await executor.dispose();
  await oracle.dispose();
});

test("batches of several sizes and evaluation share the state", async () => {
  const program = trainingProgram(convolutional, [4, 3]);
  const initial = initialState(convolutional);
  const oracle = await loadEager(program, initial);
  const executor = await loadLowered(lowerBatchInnermost, program, initial, { threads: 2 });
  for (const batch of [4, 3, 4, 3]) {
    const fed = batchOf(convolutional, batch, batch);
    await oracle.run(`train@${batch}`, fed);
    await executor.run(`train@${batch}`, fed);
    const x = { x: fed["x"] as Data };
    const expected = await oracle.run(`evaluate@${batch}`, x);
    const actual = await executor.run(`evaluate@${batch}`, x);
    assert.ok(errorOf(actual["logits"] as Data, expected["logits"] as Data) <= tolerance);
  }
  await executor.dispose();
  await oracle.dispose();
});

test("maps whose windows are gathered in chunks train as op by op", async () => {
  // 18 rows · 64 positions · 8192 samples · 4 bytes = 36 MiB of windows in the second convolution and in its gradient.
  const net: TestNet = {
    x: [8, 8, 1],
    weights: { w1: [3, 3, 1, 2], w2: [3, 3, 2, 2], ...denseWeights("out", 2, 5) },
    logits(w, x) {
      const first = tf.tanh(convolve(x, w["w1"], { pad: "same" }));
      return dense(tf.mean(tf.tanh(convolve(first, w["w2"], { pad: "same" })), [1, 2]), w, "out");
    },
  };
  await trainsAsEager(net, { batch: 8192, threads: [2] });
});

test("state that is written is read back as it was, whatever its order in the session", async () => {
  const program = trainingProgram(convolutional, [4]);
  const initial = initialState(convolutional);
  const { slots } = lowerBatchInnermost(trace(program));
  const reordered = slots.flatMap(({ state, order }) => (order === undefined ? [] : state));
  assert.ok(reordered.includes("w2") && reordered.includes("velocity/w2"));
  const executor = await loadLowered(lowerBatchInnermost, program, initial);
  assert.deepEqual(await executor.read(), initial);
  const other = initialState(convolutional, 7);
  await executor.write(other);
  assert.deepEqual(await executor.read(), other);
  await executor.dispose();
});

test("the state of a program is kept alike for every batch size", () => {
  const slotsFor = (batches: readonly number[]) =>
    lowerBatchInnermost(trace(trainingProgram(convolutional, batches))).slots;
  assert.deepEqual(slotsFor([4]), slotsFor([7]));
  assert.deepEqual(slotsFor([4, 3]), slotsFor([4]));
  const names = slotsFor([4]).map(({ state }) => state);
  assert.deepEqual(names.sort(), Object.keys(initialState(convolutional)).sort());
});

test("a program without state or images is lowered too", async () => {
  const program = {
    state: {},
    entries: [
      {
        name: "add",
        inputs: { x: { shape: [2, 3], dtype: "float32" as const } },
        run: (_: object, { x }: Readonly<Record<string, tf.Tensor>>) => ({
          state: {},
          outputs: { y: tf.add(x as tf.Tensor, 1), same: x as tf.Tensor, ones: tf.ones([2, 2]) },
        }),
      },
    ],
  };
  const executor = await loadLowered(lowerBatchInnermost, program, {});
  const { y, same, ones } = await executor.run("add", { x: Float32Array.of(1, 2, 3, 4, 5, 6) });
  assert.deepEqual(
    [y, same, ones].map((data) => Array.from(data as Data)),
    [
      [2, 3, 4, 5, 6, 7],
      [1, 2, 3, 4, 5, 6],
      [1, 1, 1, 1],
    ],
  );
  await executor.dispose();
});

const activations = { relu: tf.relu, tanh: tf.tanh, none: (x: tf.Tensor) => x } as const;

const randomNet = fc
  .record({
    size: fc.tuple(
      fc.integer({ min: 6, max: 9 }),
      fc.integer({ min: 6, max: 9 }),
      fc.integer({ min: 1, max: 3 }),
    ),
    blocks: fc.array(
      fc.record({
        filters: fc.integer({ min: 1, max: 4 }),
        kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        strides: fc.constantFrom(1, 2),
        pad: fc.constantFrom("same" as const, "valid" as const),
        bias: fc.boolean(),
        activation: fc.constantFrom(...(Object.keys(activations) as (keyof typeof activations)[])),
        pool: fc.constantFrom("none", "max", "average"),
        poolSize: fc.integer({ min: 1, max: 3 }),
        poolStrides: fc.integer({ min: 1, max: 3 }),
        poolPad: fc.constantFrom("same" as const, "valid" as const),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    global: fc.boolean(),
  })
  .map(({ size, blocks, global }): TestNet | undefined => {
    const weights: Record<string, number[]> = {};
    let [height, width, channels] = size;
    const extent = (input: number, window: number, stride: number, pad: string): number =>
      pad === "same" ? Math.ceil(input / stride) : Math.ceil((input - window + 1) / stride);
    for (const [i, block] of blocks.entries()) {
      const [h, w] = block.kernel;
      weights[`w${i}`] = [h, w, channels, block.filters];
      if (block.bias) weights[`b${i}`] = [block.filters];
      channels = block.filters;
      [height, width] = [
        extent(height, h, block.strides, block.pad),
        extent(width, w, block.strides, block.pad),
      ];
      if (block.pool !== "none") {
        height = extent(height, block.poolSize, block.poolStrides, block.poolPad);
        width = extent(width, block.poolSize, block.poolStrides, block.poolPad);
      }
      if (height < 1 || width < 1) return undefined;
    }
    return {
      x: size,
      weights: { ...weights, ...denseWeights("out", global ? channels : height * width * channels, 5) },
      logits(w, x) {
        let image: tf.Tensor = x;
        for (const [i, block] of blocks.entries()) {
          image = convolve(image, w[`w${i}`], block);
          if (block.bias) image = biased(image, w[`b${i}`]);
          image = activations[block.activation](image);
          const pool = block.pool === "max" ? tf.maxPool : tf.avgPool;
          if (block.pool !== "none")
            image = pool(image as tf.Tensor4D, block.poolSize, block.poolStrides, block.poolPad);
        }
        return dense(global ? tf.mean(image, [1, 2]) : flatten(image), w, "out");
      },
    };
  })
  .filter((net): net is TestNet => net !== undefined && sizeOf(net.weights["out.kernel"] as number[]) < 2000);

// tfjs adds up a gradient of one number element by element, which loses more than the sums of the compiled step do.
test("random small nets train as op by op", async () => {
  await fc.assert(
    fc.asyncProperty(randomNet, (net) => trainsAsEager(net, { batch: 3, threads: [2], within: 2e-5 })),
    { seed: 20, numRuns: 60 },
  );
});
