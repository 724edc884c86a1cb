import { test } from "node:test";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { assertZero, numbers, sameAsEager, sameGradients } from "../../../../test/support/againstEager.ts";

// One square image for the gradients: tfjs's cpu kernels read the wrong rows of a second one and swap height and width.
const sizes: readonly [number, number][] = [
  [6, 8],
  [4, 4],
  [7, 5],
  [1, 2],
  [9, 12],
];

for (const [name, resize] of [
  ["nearest", tf.image.resizeNearestNeighbor],
  ["bilinear", tf.image.resizeBilinear],
] as const)
  for (const size of sizes)
    test(`resizing [1, 4, 4, 2] to ${size}, ${name}, and its gradient`, async () => {
      const x = numbers([1, 4, 4, 2]);
      for (const [alignCorners, halfPixelCenters] of [
        [false, false],
        [true, false],
        [false, true],
      ] as const)
        await sameAsEager({ x }, ({ x }) => resize(x as Tensor4D, size, alignCorners, halfPixelCenters));
      for (const alignCorners of [false, true])
        await sameGradients({ x }, ["x"], ({ x }) => resize(x as Tensor4D, size, alignCorners) as Tensor, {
          dy: [1, ...size, 2],
          threads: [1, 2],
        });
    });

test("resizing a batch of images that are not square", async () => {
  for (const resize of [tf.image.resizeNearestNeighbor, tf.image.resizeBilinear])
    await sameAsEager({ x: numbers([3, 2, 5, 2]) }, ({ x }) => resize(x as Tensor4D, [6, 7]), {
      threads: [1, 2],
    });
});

test("the gradient of doubling a batch of images sums each pixel's four copies", () =>
  // The reshaped sum is what tfjs's cpu kernel should give; it is compared with the compiled kernel's gradient, as 0.
  assertZero({ x: numbers([3, 2, 5, 2]), dy: numbers([3, 4, 10, 2], 2) }, ({ x, dy }) => {
    const double = (image: Tensor) => tf.image.resizeNearestNeighbor(image as Tensor4D, [4, 10]);
    const gradient = tf.grad(double)(x as Tensor, dy as Tensor);
    return tf.sub(gradient, tf.sum(tf.reshape(dy as Tensor, [3, 2, 2, 5, 2, 2]), [2, 4]));
  }));
