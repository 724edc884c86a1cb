import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { numbers } from "../../../../../test/support/againstEager.ts";
import {
  biased,
  convolve,
  dense,
  flatten,
  normalise,
  type TestNet,
  trainsAsEager,
} from "../../../../../test/support/trainingNets.ts";
import { loadLowered } from "../../../native/onnxruntime.ts";
import type { Program } from "../../../program.ts";
import { decodeModel } from "../../onnx/onnxSchema.ts";
import { trace } from "../../trace.ts";
import { lowerBlocked } from "./lowerBlocked.ts";

const denseWeights = (name: string, inputs: number, outputs: number) => ({
  [`${name}.kernel`]: [inputs, outputs],
  [`${name}.bias`]: [outputs],
});
const norm = (name: string, channels: number) => ({
  [`${name}.gamma`]: [channels],
  [`${name}.beta`]: [channels],
});
const average = (name: string, channels: number) => ({
  [`${name}.mean`]: [channels],
  [`${name}.variance`]: [channels],
});
const same = { pad: "same" } as const;

const nets: Readonly<Record<string, TestNet>> = {
  "same padding, biases, ReLU": {
    x: [7, 6, 3],
    weights: { w1: [3, 3, 3, 16], b1: [16], w2: [3, 3, 16, 32], b2: [32], ...denseWeights("out", 32, 5) },
    logits(w, x) {
      const first = tf.relu(biased(convolve(x, w["w1"], same), w["b1"]));
      const second = tf.relu(biased(convolve(first, w["w2"], same), w["b2"]));
      return dense(tf.mean(second, [1, 2]), w, "out");
    },
  },
  "no padding, a 5×5 filter, one channel": {
    x: [12, 11, 1],
    weights: { w1: [5, 5, 1, 16], w2: [3, 3, 16, 16], w3: [1, 3, 16, 16], ...denseWeights("out", 16, 5) },
    logits(w, x) {
      const first = tf.tanh(convolve(x, w["w1"]));
      const second = tf.sigmoid(convolve(first, w["w2"]));
      return dense(tf.mean(convolve(second, w["w3"]), [1, 2]), w, "out");
    },
  },
  "stride 2 on even and odd maps, 1×1 projections": {
    x: [10, 9, 3],
    weights: {
      w0: [3, 3, 3, 16],
      w1: [3, 3, 16, 32],
      p1: [1, 1, 16, 32],
      w2: [3, 3, 32, 16],
      p2: [1, 1, 32, 16],
      ...denseWeights("out", 16, 5),
    },
    logits(w, x) {
      const stem = tf.relu(convolve(x, w["w0"], same));
      const strided = { strides: 2, pad: "same" } as const;
      const first = tf.relu(tf.add(convolve(stem, w["w1"], strided), convolve(stem, w["p1"], strided)));
      const second = tf.relu(tf.add(convolve(first, w["p2"], strided), convolve(first, w["w2"], strided)));
      return dense(tf.mean(second, [1, 2]), w, "out");
    },
  },
  "stride 2 and 3 without padding": {
    x: [13, 14, 16],
    weights: { w0: [1, 1, 16, 16], w1: [3, 3, 16, 16], w2: [2, 2, 16, 32], ...denseWeights("out", 32, 5) },
    logits(w, x) {
      const stem = tf.relu(convolve(x, w["w0"]));
      const first = tf.relu(convolve(stem, w["w1"], { strides: 2 }));
      return dense(tf.mean(convolve(first, w["w2"], { strides: 3 }), [1, 2]), w, "out");
    },
  },
  "batch norm and a residual connection": {
    x: [8, 8, 3],
    weights: {
      w0: [3, 3, 3, 16],
      w1: [3, 3, 16, 16],
      w2: [3, 3, 16, 16],
      ...norm("n0", 16),
      ...norm("n1", 16),
      ...norm("n2", 16),
      ...denseWeights("out", 16, 5),
    },
    averages: { ...average("n0", 16), ...average("n1", 16), ...average("n2", 16) },
    logits(w, x, average) {
      const stem = tf.relu(normalise(convolve(x, w["w0"], same), w, "n0", average));
      const inner = tf.relu(normalise(convolve(stem, w["w1"], same), w, "n1", average));
      const sum = tf.relu(tf.add(stem, normalise(convolve(inner, w["w2"], same), w, "n2", average)));
      return dense(tf.mean(sum, [1, 2]), w, "out");
    },
  },
  "pools of all kinds": {
    x: [13, 13, 1],
    weights: { w1: [3, 3, 1, 16], b1: [16], w2: [2, 2, 16, 16], b2: [16], ...denseWeights("out", 32, 5) },
    logits(w, x) {
      const first = tf.maxPool(tf.relu(biased(convolve(x, w["w1"], same), w["b1"])), 2, 2, "valid");
      const second = tf.elu(biased(convolve(first, w["w2"]), w["b2"]));
      const most = tf.maxPool(second as tf.Tensor4D, 3, 2, "same");
      const mean = tf.avgPool(second as tf.Tensor4D, 2, 2, "valid");
      return dense(tf.concat([tf.mean(most, [1, 2]), tf.max(mean, [1, 2])], 1), w, "out");
    },
  },
  "channels that fill no block": {
    x: [6, 6, 2],
    weights: {
      w1: [3, 3, 2, 8],
      w2: [3, 3, 8, 16],
      w3: [3, 3, 16, 24],
      w4: [3, 3, 24, 16],
      ...denseWeights("out", 16, 5),
    },
    logits(w, x) {
      let image: tf.Tensor = x;
      for (const name of ["w1", "w2", "w3", "w4"]) image = tf.relu(convolve(image, w[name], same));
      return dense(tf.mean(image, [1, 2]), w, "out");
    },
  },
  "channels that fill no block, norms, pools, strides and a residual connection": {
    x: [13, 12, 3],
    weights: {
      w0: [3, 3, 3, 24],
      w1: [3, 3, 24, 12],
      w2: [1, 1, 12, 24],
      w3: [3, 3, 24, 20],
      p3: [1, 1, 24, 20],
      w4: [2, 3, 20, 10],
      b4: [10],
      ...norm("n0", 24),
      ...norm("n2", 24),
      ...denseWeights("out", 90, 5),
    },
    averages: { ...average("n0", 24), ...average("n2", 24) },
    logits(w, x, average) {
      const strided = { strides: 2, pad: "same" } as const;
      const stem = tf.relu(normalise(convolve(x, w["w0"], same), w, "n0", average));
      const inner = tf.relu(convolve(convolve(stem, w["w1"], same), w["w2"], same));
      const sum = tf.relu(tf.add(stem, normalise(inner, w, "n2", average)));
      const halved = tf.add(convolve(sum, w["w3"], strided), convolve(sum, w["p3"], strided));
      const pooled = tf.maxPool(tf.tanh(halved) as tf.Tensor4D, 2, 2, "valid");
      return dense(flatten(biased(convolve(pooled, w["w4"], same), w["b4"])), w, "out");
    },
  },
  "channels that fill no block, kernels that are not finite at zero, a gate": {
    x: [6, 5, 9],
    weights: {
      w1: [3, 3, 9, 18],
      w2: [1, 2, 18, 13],
      w3: [3, 3, 13, 16],
      ...denseWeights("gate", 18, 18),
      ...denseWeights("out", 16, 5),
    },
    logits(w, x) {
      const first = tf.sigmoid(tf.add(convolve(x, w["w1"], same), 0.1));
      const gate = tf.sigmoid(dense(tf.mean(first, [1, 2]), w, "gate"));
      const gated = tf.elu(tf.sub(tf.mul(first, tf.reshape(gate, [-1, 1, 1, 18])), 0.2));
      const second = tf.leakyRelu(convolve(gated, w["w2"], same), 0.1);
      const softened = tf.div(tf.log(tf.add(tf.square(second), 0.1)), tf.add(tf.exp(second), second));
      const most = tf.maximum(tf.div(softened, 3), tf.minimum(second, 0.4));
      return dense(tf.mean(tf.abs(convolve(most, w["w3"], same)), [1, 2]), w, "out");
    },
  },
  "depthwise convolutions, with strides, norms, and channels that fill no block": {
    x: [10, 9, 3],
    weights: {
      w0: [3, 3, 3, 20],
      d1: [3, 3, 20, 1],
      w1: [1, 1, 20, 32],
      d2: [3, 3, 32, 1],
      d3: [2, 3, 32, 1],
      d4: [3, 2, 32, 2],
      ...norm("n1", 20),
      ...norm("n2", 32),
      ...denseWeights("out", 64, 5),
    },
    averages: { ...average("n1", 20), ...average("n2", 32) },
    logits(w, x, average) {
      const each = (x: tf.Tensor, name: string, strides: number, pad: "same" | "valid") =>
        tf.depthwiseConv2d(x as tf.Tensor4D, w[name] as tf.Tensor4D, strides, pad);
      const stem = tf.relu(convolve(x, w["w0"], same));
      const first = tf.relu(normalise(each(stem, "d1", 1, "same"), w, "n1", average));
      const second = normalise(each(convolve(first, w["w1"]), "d2", 2, "same"), w, "n2", average);
      const third = tf.tanh(each(tf.relu(second), "d3", 1, "valid"));
      return dense(tf.mean(each(third, "d4", 2, "same"), [1, 2]), w, "out");
    },
  },
  "a flattened map, a gate for each channel, kernels without a lowering": {
    x: [5, 5, 16],
    weights: { w1: [3, 3, 16, 16], ...denseWeights("gate", 16, 16), ...denseWeights("out", 144, 5) },
    logits(w, x) {
      const image = tf.leakyRelu(convolve(x, w["w1"]), 0.1);
      const gate = tf.sigmoid(dense(tf.mean(image, [1, 2]), w, "gate"));
      const gated = tf.mul(image, tf.reshape(gate, [-1, 1, 1, 16]));
      const softened = tf.div(tf.softplus(gated), tf.add(tf.abs(gated), 1));
      return dense(flatten(softened), w, "out");
    },
  },
};

for (const [name, net] of Object.entries(nets))
  for (const batch of [16, 5])
    test(`trains as eager: ${name}, batch ${batch}`, () =>
      trainsAsEager(net, { batch, lower: lowerBlocked }));

/** The mean and variance of a convolution's result over samples and positions. @param filter [h, w, 16, 16] */
const moments = (filter: readonly number[], strides = 1): Program => ({
  state: {},
  entries: [
    {
      name: "moments",
      inputs: { x: { shape: [16, 6, 6, 16], dtype: "float32" }, filter: { shape: filter, dtype: "float32" } },
      run: (_, { x, filter }) => {
        const { mean, variance } = tf.moments(
          convolve(x as tf.Tensor, filter, { ...same, strides }),
          [0, 1, 2],
        );
        return { state: {}, outputs: { mean, variance } };
      },
    },
  ],
});

for (const size of [1, 3])
  test(`the variance of an image far from zero keeps its digits, behind a ${size}×${size} filter`, async () => {
    const shape = [size, size, 16, 16];
    const x = (numbers([16, 6, 6, 16]).data as Float32Array).map((value) => value + 300);
    const filter = new Float32Array(256 * size * size);
    // The tap in the middle leaves x as it is.
    for (let i = 0; i < 16; i++) filter[Math.floor(size ** 2 / 2) * 256 + i * 17] = 1;
    const executor = await loadLowered(lowerBlocked, moments(shape), {}, { threads: 1 });
    const { mean, variance } = await executor.run("moments", { x, filter });
    for (let channel = 0; channel < 16; channel++) {
      const own = Array.from({ length: x.length / 16 }, (_, i) => x[i * 16 + channel] as number);
      const average = own.reduce((sum, value) => sum + value, 0) / own.length;
      const expected = own.reduce((sum, value) => sum + (value - average) ** 2, 0) / own.length;
      assert.ok(Math.abs((mean?.[channel] as number) - average) < 1e-4);
      assert.ok(Math.abs((variance?.[channel] as number) / expected - 1) < 1e-5);
    }
    await executor.dispose();
  });

test("the variance of what is the same everywhere is not negative", async () => {
  const executor = await loadLowered(lowerBlocked, moments([1, 1, 16, 16], 2), {}, { threads: 1 });
  const { data: filter } = numbers([1, 1, 16, 16]);
  // Every second position is read, and those between differ from them.
  const x = Float32Array.from({ length: 16 * 36 * 16 }, (_, i) => {
    const position = Math.floor(i / 16) % 36;
    return position % 2 === 0 && Math.floor(position / 6) % 2 === 0 ? 0.3 : 1.7;
  });
  const { variance } = await executor.run("moments", { x, filter });
  assert.ok(variance?.every((value) => value >= 0 && value < 1e-4));
  await executor.dispose();
});

test("batch norm and ReLU behind a convolution take one pass over its result", () => {
  const shape = [16, 6, 6, 16];
  const program: Program = {
    state: {},
    entries: [
      {
        name: "forward",
        inputs: { x: { shape, dtype: "float32" }, filter: { shape: [3, 3, 16, 16], dtype: "float32" } },
        run: (_, { x, filter }) => {
          const one = tf.ones([16]);
          const weights = { "n.gamma": one, "n.beta": one, "n.mean": one, "n.variance": one };
          const y = tf.relu(normalise(convolve(x as tf.Tensor, filter, same), weights, "n", () => {}));
          return { state: {}, outputs: { y } };
        },
      },
    ],
  };
  const model = lowerBlocked(trace(program)).models.get("forward")?.encoded as Uint8Array;
  const groups = decodeModel(model).graph.node.filter(
    ({ op_type, attribute }) => op_type === "Conv" && attribute?.some(({ name }) => name === "group"),
  );
  // One more is the sum of squares, whose groups are the channels of every sample.
  assert.equal(groups.length, 2);
});
