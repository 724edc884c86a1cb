import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  flags,
  integers,
  numbers,
  sameAsEager,
  sameGradients,
} from "../../../../test/support/againstEager.ts";

type Axes = number | number[] | undefined;
const axes: readonly Axes[] = [undefined, 0, -1, [0, 2], [1, -1], [2, 0]];
const reductions: Readonly<Record<string, (x: Tensor, axis: Axes, keepDims: boolean) => Tensor>> = {
  Sum: tf.sum,
  Mean: tf.mean,
  Max: tf.max,
  Min: tf.min,
  Prod: tf.prod,
};

for (const [name, run] of Object.entries(reductions))
  test(`${name} and its gradient over every kind of axes, kept or not`, async () => {
    for (const shape of [
      [2, 3, 4],
      [1, 5, 1],
    ])
      for (const axis of axes)
        for (const keepDims of [false, true]) {
          const x = numbers(shape);
          const out = tf.tidy(() => run(tf.zeros(shape), axis, keepDims).shape);
          await sameAsEager({ x }, ({ x }) => run(x as Tensor, axis, keepDims), { threads: [1, 2] });
          if (name === "Prod") continue; // tfjs's own gradient of Prod calls a method of the full bundle
          await sameGradients({ x }, ["x"], ({ x }) => run(x as Tensor, axis, keepDims), { dy: out });
        }
  });

test("a sum of millions keeps its digits, whether their number has divisors or not", async () => {
  for (const size of [2_000_000, 2_000_003])
    await sameAsEager({ x: numbers([size]) }, ({ x }) => tf.sum(tf.square(x as Tensor)), {
      tolerance: 1e-6,
      threads: [1, 2],
    });
});

test("reductions of a scalar", () =>
  sameAsEager({ x: numbers([]) }, ({ x }) => [
    tf.sum(x as Tensor),
    tf.mean(x as Tensor),
    tf.max(x as Tensor),
  ]));

test("reductions of integers and flags", () =>
  sameAsEager({ n: integers([2, 3], [3, -1, 4, 1]), b: flags([2, 3]) }, ({ n, b }) => [
    tf.sum(n as Tensor, 1),
    tf.mean(n as Tensor, 0),
    tf.max(n as Tensor),
    tf.min(n as Tensor, 1),
    tf.sum(b as Tensor, 0),
    tf.mean(b as Tensor),
    tf.all(b as Tensor, 1),
    tf.any(b as Tensor, 0),
    tf.all(b as Tensor),
  ]));

test("ArgMax and ArgMin give the first of equals", () =>
  sameAsEager({ n: integers([3, 4], [2, 5, 5, -1, -1, 0]), x: numbers([3, 4]) }, ({ n, x }) => [
    tf.argMax(n as Tensor, 1),
    tf.argMin(n as Tensor, -1),
    tf.argMax(x as Tensor, 0),
    tf.argMin(x as Tensor, 1),
  ]));

test("Softmax and log-softmax and their gradients, also of large logits", async () => {
  // Of large logits the gradient is a difference of nearly equal numbers of the size of dy, in whatever order.
  for (const factor of [1, 50])
    for (const run of [tf.softmax, tf.logSoftmax])
      await sameGradients({ z: numbers([4, 6]) }, ["z"], ({ z }) => run(tf.mul(z as Tensor, factor)), {
        dy: [4, 6],
        smallest: factor > 1 ? 1 : 0,
      });
});

test("log-sum-exp and norms and their gradients", async () => {
  await sameGradients({ x: numbers([3, 4]) }, ["x"], ({ x }) => tf.logSumExp(x as Tensor, 1), { dy: [3] });
  await sameGradients({ x: numbers([3, 4]) }, ["x"], ({ x }) => tf.norm(x as Tensor), { dy: [] });
  await sameGradients({ x: numbers([3, 4]) }, ["x"], ({ x }) => tf.norm(x as Tensor, 1, 0), { dy: [4] });
});

test("moments and their gradients", () =>
  sameGradients(
    { x: numbers([2, 3, 3, 4]) },
    ["x"],
    ({ x }) => {
      const { mean, variance } = tf.moments(x as Tensor, [0, 1, 2]);
      return tf.mul(mean, variance);
    },
    { dy: [4] },
  ));

test("Cumsum, exclusive and reversed, and its gradient", async () => {
  for (const exclusive of [false, true])
    for (const reverse of [false, true])
      await sameGradients(
        { x: numbers([3, 4]) },
        ["x"],
        ({ x }) => tf.cumsum(x as Tensor, 1, exclusive, reverse),
        { dy: [3, 4] },
      );
  await sameAsEager({ n: integers([4], [1, 2, 3]) }, ({ n }) => tf.cumsum(n as Tensor, 0));
});
