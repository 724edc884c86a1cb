import { test } from "node:test";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers, positives, sameAsEager, sameGradients } from "../../../../test/support/againstEager.ts";

const scales = {
  mean: numbers([3], 2),
  variance: positives([3], 3),
  scale: numbers([3], 4),
  offset: numbers([3], 5),
};
const normalise = (inputs: Readonly<Record<string, Tensor>>) => {
  const { x, mean, variance, scale, offset } = inputs as Record<string, Tensor1D>;
  return tf.batchNorm(x as Tensor, mean as Tensor1D, variance as Tensor1D, offset, scale, 1e-3);
};

test("FusedBatchNorm, with and without scale and offset", async () => {
  const x = numbers([2, 4, 5, 3]);
  await sameAsEager({ x, ...scales }, normalise);
  const { scale, offset, ...statistics } = scales;
  await sameAsEager({ x, ...statistics }, normalise);
  await sameAsEager({ x, ...statistics, scale }, normalise);
  await sameAsEager({ x, ...statistics, offset }, normalise);
});

test("FusedBatchNorm does not cancel where the mean is far from zero", () => {
  const far = { ...scales, mean: { ...scales.mean, data: Float32Array.of(1000, -500, 0) } };
  return sameAsEager({ x: numbers([2, 4, 5, 3]), ...far }, normalise);
});

test("FusedBatchNorm's gradients, of matrices and images", async () => {
  for (const shape of [
    [4, 3],
    [2, 4, 5, 3],
  ])
    await sameGradients(
      { x: numbers(shape), ...scales },
      ["x", "mean", "variance", "scale", "offset"],
      normalise,
      { dy: shape },
    );
});

test("batch normalisation in training: statistics of the batch and gradients through them", () =>
  sameGradients(
    { x: numbers([4, 3, 3, 3]), scale: scales.scale, offset: scales.offset },
    ["x", "scale", "offset"],
    ({ x, scale, offset }) => {
      const { mean, variance } = tf.moments(x as Tensor, [0, 1, 2]);
      return tf.batchNorm(
        x as Tensor,
        mean as Tensor1D,
        variance as Tensor1D,
        offset as Tensor1D,
        scale as Tensor1D,
        1e-3,
      );
    },
    { dy: [4, 3, 3, 3], threads: [1, 2] },
  ));
