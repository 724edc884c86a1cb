import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { kernelsOf, traced } from "../../../../../test/support/tracing.ts";
import {
  biased,
  convolve,
  dense,
  type TestNet,
  trainsAsEager,
} from "../../../../../test/support/trainingNets.ts";
import { denseConvolutions } from "./denseConvolutions.ts";
import { lowerBlocked } from "./lowerBlocked.ts";

const isConvolution = (kernel: string): boolean => kernel.startsWith("Conv2D");

type Options = Parameters<typeof convolve>[2];

/** The convolutions that stay, of one with its two gradients. */
function staying(image: readonly number[], filter: readonly number[], options: Options): string[] {
  const graph = traced({ x: image, w: filter }, ({ x, w }) => {
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor, w: tf.Tensor) =>
      tf.sum(tf.square(convolve(x, w, options))),
    )([x as tf.Tensor, w as tf.Tensor]);
    return [value, ...grads];
  });
  assert.equal(kernelsOf(graph).filter(isConvolution).length, 3);
  return kernelsOf(denseConvolutions(graph)).filter(isConvolution);
}

const all = ["Conv2D", "Conv2DBackpropFilter", "Conv2DBackpropInput"];
const cases: readonly {
  readonly what: string;
  readonly image: readonly number[];
  readonly filter: readonly number[];
  readonly options?: Options;
  readonly stays?: readonly string[];
}[] = [
  { what: "2×2, each of nine taps", image: [5, 2, 2, 3], filter: [3, 3, 3, 4], options: { pad: "same" } },
  { what: "1×1, one of nine taps", image: [5, 1, 1, 3], filter: [3, 3, 3, 4], options: { pad: "same" } },
  { what: "2×2 to 1×1", image: [5, 2, 2, 3], filter: [3, 3, 3, 4], options: { pad: "same", strides: 2 } },
  { what: "a filter as large as the image", image: [5, 4, 3, 2], filter: [4, 3, 2, 6] },
  {
    what: "3×3, whose corners do not read each other",
    image: [5, 3, 3, 3],
    filter: [3, 3, 3, 4],
    options: { pad: "same" },
    stays: all,
  },
  {
    what: "3×3 with more products than taps are worth",
    image: [5, 3, 3, 3],
    filter: [5, 5, 3, 4],
    options: { pad: "same" },
    stays: all,
  },
  {
    what: "rows that no output reads",
    image: [5, 5, 3, 2],
    filter: [4, 3, 2, 6],
    options: { strides: 2 },
    stays: all,
  },
];

for (const { what, image, filter, options = {}, stays = [] } of cases)
  test(`${what}: ${stays.length === 0 ? "products" : "a convolution"}`, () => {
    assert.deepEqual(staying(image, filter, options).sort(), stays);
  });

const net: TestNet = {
  x: [8, 8, 3],
  weights: {
    w1: [5, 5, 3, 16],
    w2: [3, 3, 16, 32],
    b2: [32],
    w3: [3, 3, 32, 32],
    w4: [3, 3, 32, 16],
    w5: [3, 3, 16, 16],
    w6: [1, 1, 16, 16],
    w7: [2, 2, 32, 16],
    "out.kernel": [16, 5],
    "out.bias": [5],
  },
  logits(w, x) {
    const same = { pad: "same" } as const;
    const first = tf.relu(convolve(x, w["w1"], { pad: "same", strides: 2 }));
    const second = tf.tanh(biased(convolve(first, w["w2"], { pad: "same", strides: 2 }), w["b2"]));
    const third = tf.add(second, tf.relu(convolve(second, w["w3"], same)));
    const fourth = tf.tanh(
      tf.add(convolve(third, w["w4"], { pad: "same", strides: 2 }), convolve(third, w["w7"])),
    );
    const fifth = tf.tanh(convolve(fourth, w["w5"], same));
    return dense(tf.mean(tf.sigmoid(convolve(fifth, w["w6"])), [1, 2]), w, "out");
  },
};

for (const batch of [16, 5])
  test(`trains as eager: maps down to 1×1, batch ${batch}`, () =>
    trainsAsEager(net, { batch, lower: lowerBlocked }));
