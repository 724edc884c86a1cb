import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { flags, numbers, sameAsEager, sameGradients } from "../../../../test/support/againstEager.ts";
import { kernelsOf, traced } from "../../../../test/support/tracing.ts";
import { channelsFirst } from "./channelsFirst.ts";
import { optimise } from "./optimise.ts";

type Inputs = Readonly<Record<string, Tensor>>;
const conv = (x: Tensor | undefined, filter: Tensor | undefined) =>
  tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, "same");
const shapes = { x: [2, 4, 5, 3], filter: [3, 3, 3, 4], second: [3, 3, 4, 4], scale: [4] };
const tensors = Object.fromEntries(
  Object.entries(shapes).map(([name, shape], i) => [name, numbers(shape, i + 1)]),
);

function transposes(run: (inputs: Inputs) => readonly Tensor[]): number {
  const graph = channelsFirst(optimise(traced(shapes, run)));
  return kernelsOf(graph).filter((kernel) => kernel === "Transpose").length;
}

const block = ({ x, filter, second, scale }: Inputs): Tensor => {
  const y = tf.relu(tf.add(tf.mul(conv(x, filter), scale as Tensor), 1));
  return tf.add(conv(y, second), y);
};

test("between convolutions an image stays channels first", () => {
  assert.equal(
    transposes((inputs) => [block(inputs)]),
    2,
  ); // in and out
  assert.equal(
    transposes((inputs) => [tf.mean(block(inputs), [1, 2])]),
    1,
  ); // a mean over positions gives [batch, channels]
});

test("a graph without convolutions and pools is left alone", () => {
  assert.equal(
    transposes(({ x }) => [tf.relu(tf.add(x as Tensor, 1))]),
    0,
  );
});

/** What may follow a convolution. Each is compared with eager execution, forward and in gradients. */
const followers: Readonly<Record<string, (y: Tensor) => Tensor>> = {
  "a vector of channels": (y) => tf.mul(y, tf.tensor1d([1, 2, 3, 4])),
  "a value a row": (y) => tf.mul(y, tf.tensor2d([1, 2, 3, 4, 5], [5, 1])),
  "a value a column": (y) => tf.mul(y, tf.tensor3d([1, 2, 3, 4], [4, 1, 1])),
  "a value a sample": (y) => tf.mul(y, tf.tensor4d([1, 2], [2, 1, 1, 1])),
  "a map": (y) => tf.mul(y, tf.reshape(tf.range(0, 80), [4, 5, 4])),
  "a sum over channels": (y) => tf.mul(y, tf.sum(y, 3, true)),
  "a maximum over rows": (y) => tf.sub(y, tf.max(y, 1, true)),
  "a mean of each channel": (y) => tf.sub(y, tf.mean(y, [0, 1, 2])),
  "a sum over height and channels": (y) => tf.sum(y, [1, 3]),
  "a sum over the batch": (y) => tf.sum(tf.square(y), 0),
  "a concatenation": (y) => tf.concat([y, tf.tanh(y)], 3),
  "a concatenation of rows": (y) => tf.concat([y, tf.tanh(y)], 1),
  padding: (y) =>
    tf.pad(y, [
      [0, 0],
      [1, 2],
      [0, 3],
      [0, 1],
    ]),
  "a crop": (y) => tf.slice(y, [0, 1, 2, 1], [2, 2, 3, 2]),
  "a choice": (y) => tf.where(tf.greaterEqual(y, 0), y, tf.mul(y, 0.1)),
  "a slope a channel": (y) => tf.prelu(y, tf.tensor1d([0.1, 0.2, 0.3, 0.4])),
  "a pool": (y) => tf.maxPool(y as Tensor4D, 2, 2, "valid"),
  "a flattening": (y) => tf.reshape(y, [2, -1]),
  "a clipping and a cast": (y) =>
    tf.mul(y, tf.cast(tf.greaterEqual(tf.clipByValue(y, -1, 1), 0.5), "float32")),
};

for (const [name, follow] of Object.entries(followers))
  test(`${name} after a convolution, and gradients through it`, async () => {
    const run = ({ x, filter, second }: Inputs) => {
      const y = follow(conv(x, filter));
      return y.shape.length === 4 && y.shape[3] === 4 ? conv(y, second) : y;
    };
    const { x, filter, second } = tensors as Record<string, ReturnType<typeof numbers>>;
    const inputs = { x, filter, second } as Record<string, ReturnType<typeof numbers>>;
    await sameAsEager(inputs, run, { threads: [1, 2] });
    const dy = tf.tidy(
      () =>
        run({ x: tf.ones(shapes.x), filter: tf.ones(shapes.filter), second: tf.ones(shapes.second) }).shape,
    );
    await sameGradients(inputs, ["x", "filter"], run, { dy });
  });

test("a choice by sample", () => {
  const { x, filter } = tensors as Record<string, ReturnType<typeof numbers>>;
  const inputs = { x, filter, chosen: flags([2, 1, 1, 1]) } as Record<string, ReturnType<typeof numbers>>;
  return sameAsEager(inputs, ({ x, filter, chosen }) => {
    const y = conv(x, filter);
    return tf.where(chosen as Tensor, y, tf.neg(y));
  });
});
