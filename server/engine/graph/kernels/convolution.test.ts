import { test } from "node:test";
import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers, sameAsEager, sameGradients } from "../../../../test/support/againstEager.ts";

type Pad = Parameters<typeof tf.conv2d>[3];
type Explicit = Exclude<Pad, string | number>;
interface Case {
  readonly x: readonly [number, number, number, number];
  readonly filter: readonly [number, number, number, number];
  readonly strides?: [number, number];
  readonly pad?: Pad;
  readonly dilations?: [number, number];
}

const one: [number, number] = [1, 1];

const cases: readonly Case[] = [
  { x: [2, 6, 7, 3], filter: [3, 3, 3, 4] },
  { x: [2, 6, 7, 3], filter: [3, 3, 3, 4], pad: "same" },
  { x: [2, 7, 6, 2], filter: [3, 2, 2, 3], pad: "same", strides: [2, 2] },
  { x: [2, 8, 8, 2], filter: [3, 3, 2, 3], pad: "valid", strides: [2, 3] }, // the last rows are not read
  { x: [1, 5, 5, 1], filter: [1, 1, 1, 2] },
  { x: [2, 5, 6, 2], filter: [1, 1, 2, 3], strides: [2, 2] },
  { x: [2, 5, 5, 2], filter: [5, 5, 2, 3] },
  { x: [2, 4, 4, 2], filter: [5, 3, 2, 3], pad: "same" }, // a filter larger than the image
  { x: [1, 6, 6, 2], filter: [3, 3, 2, 2], pad: 1 },
  {
    x: [1, 6, 6, 2],
    filter: [2, 2, 2, 2],
    pad: [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ] as Explicit,
  },
  {
    x: [1, 6, 6, 2],
    filter: [2, 2, 2, 2],
    pad: [
      [0, 0],
      [3, 0],
      [0, 3],
      [0, 0],
    ] as Explicit,
  }, // beyond the filter's reach
  { x: [1, 6, 1, 2], filter: [3, 1, 2, 2], pad: "same" },
];

for (const { x, filter, strides = one, pad = "valid", dilations = one } of cases) {
  const name = `[${x}] * [${filter}] strides ${strides} pad ${JSON.stringify(pad)}`;
  const run = (image: Tensor, weights: Tensor) =>
    tf.conv2d(image as Tensor4D, weights as Tensor4D, strides, pad, "NHWC", dilations);
  const dy = tf.tidy(() => run(tf.zeros([...x]), tf.zeros([...filter])).shape);
  const inputs = { x: numbers(x, 1), filter: numbers(filter, 2) };

  test(`Conv2D and its gradients: ${name}`, async () => {
    await sameAsEager(inputs, ({ x, filter }) => run(x as Tensor, filter as Tensor), { threads: [1, 2] });
    await sameGradients(inputs, ["x", "filter"], ({ x, filter }) => run(x as Tensor, filter as Tensor), {
      dy,
      threads: [1, 2],
    });
  });

  if (strides[0] === strides[1] && (pad === "same" || pad === "valid"))
    test(`conv2dTranspose and its gradients: to ${name}`, () => {
      // The same filter, from the convolution's result back to its input.
      const [, , , channels] = dy;
      const back = (image: Tensor, weights: Tensor) =>
        tf.conv2dTranspose(image as Tensor4D, weights as Tensor4D, [...x], strides, pad);
      return sameGradients(
        { x: numbers(dy, 1), filter: numbers([filter[0], filter[1], filter[2], channels as number], 2) },
        ["x", "filter"],
        ({ x, filter }) => back(x as Tensor, filter as Tensor),
        { dy: x },
      );
    });
}

test("Conv2D with dilation", () =>
  sameAsEager(
    { x: numbers([2, 8, 9, 2], 1), filter: numbers([3, 2, 2, 3], 2) },
    ({ x, filter }) => [
      tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, "valid", "NHWC", 2),
      tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, "same", "NHWC", [2, 3]),
    ],
    { threads: [1, 2] },
  ));

test("conv1d and its gradients", async () => {
  for (const [pad, stride, out] of [
    ["valid", 1, 6],
    ["same", 2, 4],
  ] as const)
    await sameGradients(
      { x: numbers([2, 8, 3], 1), filter: numbers([3, 3, 4], 2) },
      ["x", "filter"],
      ({ x, filter }) => tf.conv1d(x as Tensor3D, filter as Tensor3D, stride, pad),
      { dy: [2, out, 4] },
    );
});

test("a filter gradient over more samples than are gathered at a time", () =>
  // 24 · 24 positions × 9 · 8 channels × 4 bytes = 166 kB a sample, so 32 MiB hold 202 of 230 samples.
  sameGradients(
    { x: numbers([230, 24, 24, 8], 1), filter: numbers([3, 3, 8, 2], 2) },
    ["filter"],
    ({ x, filter }) => tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, "same"),
    { dy: [230, 24, 24, 2], threads: [1, 2], tolerance: 2e-5 },
  ));

test("fused convolutions are taken apart", () =>
  sameAsEager(
    { x: numbers([2, 5, 5, 3], 1), filter: numbers([3, 3, 3, 4], 2), bias: numbers([4], 3) },
    ({ x, filter, bias }) =>
      tf.fused.conv2d({
        x: x as Tensor4D,
        filter: filter as Tensor4D,
        strides: 1,
        pad: "same",
        bias: bias as Tensor,
        activation: "relu",
      }),
  ));
