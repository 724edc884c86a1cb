import { test } from "node:test";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  integers,
  numbers,
  sameAsEager,
  sameGradients,
  type TestTensor,
} from "../../../../test/support/againstEager.ts";

type Pair = [number, number];
interface Case {
  readonly x: readonly [number, number, number, number];
  readonly size: Pair;
  readonly strides: Pair;
  readonly pad: "same" | "valid" | number;
}

const cases: readonly Case[] = [
  { x: [2, 6, 6, 3], size: [2, 2], strides: [2, 2], pad: "valid" },
  { x: [2, 7, 5, 3], size: [2, 2], strides: [2, 2], pad: "valid" }, // odd: the last row and column are not read
  { x: [2, 7, 5, 2], size: [2, 2], strides: [2, 2], pad: "same" },
  { x: [2, 7, 7, 2], size: [3, 3], strides: [2, 2], pad: "valid" }, // windows overlap
  { x: [2, 7, 7, 2], size: [3, 3], strides: [1, 1], pad: "same" },
  { x: [2, 7, 7, 2], size: [3, 2], strides: [2, 1], pad: "same" },
  { x: [2, 9, 9, 2], size: [2, 2], strides: [3, 3], pad: "valid" }, // gaps between windows
  { x: [1, 4, 5, 3], size: [4, 5], strides: [4, 5], pad: "valid" }, // one window
  { x: [2, 4, 4, 1], size: [1, 1], strides: [1, 1], pad: "valid" },
  { x: [2, 4, 4, 1], size: [1, 1], strides: [2, 2], pad: "valid" },
  { x: [2, 6, 6, 2], size: [3, 3], strides: [3, 3], pad: 1 },
];

for (const { x: shape, size, strides, pad } of cases)
  for (const [name, run] of [
    ["MaxPool", tf.maxPool],
    ["AvgPool", tf.avgPool],
  ] as const) {
    const pool = (x: Tensor) => run(x as Tensor4D, size, strides, pad);
    const dy = tf.tidy(() => pool(tf.zeros([...shape])).shape);
    test(`${name} ${size} strides ${strides} pad ${pad} of [${shape}], and its gradient`, async () => {
      await sameAsEager({ x: numbers(shape) }, ({ x }) => pool(x as Tensor), { threads: [1, 2] });
      await sameGradients({ x: numbers(shape) }, ["x"], ({ x }) => pool(x as Tensor), {
        dy,
        threads: [1, 2],
      });
    });
  }

test("the gradient of MaxPool goes to the first of equal maxima", async () => {
  const data = Float32Array.from(integers([1, 6, 6, 2], [1, 1, 0, 2, 2, 1, 0, 0, 2]).data);
  const ties: TestTensor = { shape: [1, 6, 6, 2], dtype: "float32", data };
  for (const [size, strides, dy] of [
    [2, 2, [1, 3, 3, 2]],
    [3, 1, [1, 4, 4, 2]],
    [3, 2, [1, 2, 2, 2]],
  ] as const)
    await sameGradients(
      { ties },
      ["ties"],
      ({ ties }) => tf.maxPool(ties as Tensor4D, size, strides, "valid"),
      { dy },
    );
});

test("a pool with dilation", () =>
  sameGradients(
    { x: numbers([1, 8, 8, 2]) },
    ["x"],
    ({ x }) => tf.pool(x as Tensor4D, 2, "max", "valid", 2, 1),
    {
      dy: [1, 6, 6, 2],
    },
  ));

test("global pools and their gradients", async () => {
  await sameGradients({ x: numbers([2, 5, 4, 3]) }, ["x"], ({ x }) => tf.mean(x as Tensor, [1, 2]), {
    dy: [2, 3],
  });
  await sameGradients({ x: numbers([2, 5, 4, 3]) }, ["x"], ({ x }) => tf.max(x as Tensor, [1, 2]), {
    dy: [2, 3],
  });
});
