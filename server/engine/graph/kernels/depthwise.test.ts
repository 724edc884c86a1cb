import { test } from "node:test";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers, sameAsEager, sameGradients } from "../../../../test/support/againstEager.ts";

type Four = readonly [number, number, number, number];
interface Case {
  readonly x: Four;
  readonly filter: Four;
  readonly strides?: [number, number];
  readonly pad?: "same" | "valid" | number;
  readonly dilations?: [number, number];
}

const one: [number, number] = [1, 1];

const cases: readonly Case[] = [
  { x: [2, 6, 7, 3], filter: [3, 3, 3, 1] },
  { x: [2, 6, 7, 3], filter: [3, 2, 3, 2], pad: "same" },
  { x: [2, 7, 7, 2], filter: [3, 3, 2, 1], pad: "same", strides: [2, 2] },
  { x: [2, 8, 8, 2], filter: [3, 3, 2, 3], strides: [2, 2] },
  { x: [2, 8, 9, 2], filter: [3, 3, 2, 2], strides: [2, 3] }, // the last row and column are not read
  { x: [1, 7, 7, 2], filter: [3, 3, 2, 1], strides: [1, 2], pad: "same" },
  { x: [1, 8, 9, 2], filter: [3, 3, 2, 1], dilations: [2, 2] },
  { x: [1, 8, 9, 2], filter: [3, 3, 2, 2], dilations: [2, 2], pad: "same" },
  { x: [1, 5, 5, 1], filter: [1, 1, 1, 1] },
  { x: [1, 5, 5, 4], filter: [3, 3, 4, 1], pad: 1 },
];

for (const { x, filter, strides = one, pad = "valid", dilations = one } of cases) {
  const run = (image: Tensor, weights: Tensor) =>
    tf.depthwiseConv2d(image as Tensor4D, weights as Tensor4D, strides, pad, "NHWC", dilations);
  const dy = tf.tidy(() => run(tf.zeros([...x]), tf.zeros([...filter])).shape);
  test(`depthwise [${x}] * [${filter}] strides ${strides} pad ${pad} dilations ${dilations}, and its gradients`, async () => {
    const inputs = { x: numbers(x, 1), filter: numbers(filter, 2) };
    await sameAsEager(inputs, ({ x, filter }) => run(x as Tensor, filter as Tensor), { threads: [1, 2] });
    if (dilations[0] > 1) return; // tfjs has no gradient then
    await sameGradients(inputs, ["x", "filter"], ({ x, filter }) => run(x as Tensor, filter as Tensor), {
      dy,
      threads: [1, 2],
    });
  });
}

test("separable convolution and its gradients", () =>
  sameGradients(
    { x: numbers([2, 6, 6, 3], 1), depth: numbers([3, 3, 3, 2], 2), point: numbers([1, 1, 6, 4], 3) },
    ["x", "depth", "point"],
    ({ x, depth, point }) =>
      tf.separableConv2d(x as Tensor4D, depth as Tensor4D, point as Tensor4D, 1, "same"),
    { dy: [2, 6, 6, 4] },
  ));

test("fused depthwise convolutions are taken apart", () =>
  sameAsEager(
    { x: numbers([2, 5, 5, 3], 1), filter: numbers([3, 3, 3, 1], 2), bias: numbers([3], 3) },
    ({ x, filter, bias }) =>
      tf.fused.depthwiseConv2d({
        x: x as Tensor4D,
        filter: filter as Tensor4D,
        strides: 1,
        pad: "same",
        bias: bias as Tensor,
        activation: "relu6",
      }),
  ));
