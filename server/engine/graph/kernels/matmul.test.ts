import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers, sameAsEager, sameGradients } from "../../../../test/support/againstEager.ts";

test("BatchMatMul and its gradients, transposed in every way", async () => {
  for (const transposeA of [false, true])
    for (const transposeB of [false, true])
      for (const batch of [[], [2], [3, 2]]) {
        const a = numbers([...batch, ...(transposeA ? [4, 3] : [3, 4])], 1);
        const b = numbers([...batch, ...(transposeB ? [5, 4] : [4, 5])], 2);
        await sameGradients(
          { a, b },
          ["a", "b"],
          ({ a, b }) => tf.matMul(a as Tensor, b as Tensor, transposeA, transposeB),
          { dy: [...batch, 3, 5], threads: [1, 2] },
        );
      }
});

test("BatchMatMul broadcasts leading axes", async () => {
  await sameAsEager({ a: numbers([1, 3, 4], 1), b: numbers([2, 4, 5], 2) }, ({ a, b }) =>
    tf.matMul(a as Tensor, b as Tensor),
  );
  await sameAsEager({ a: numbers([2, 3, 4], 1), b: numbers([4, 1], 2) }, ({ a, b }) =>
    tf.matMul(a as Tensor, b as Tensor),
  );
});

test("products of vectors and their gradients", async () => {
  await sameGradients(
    { a: numbers([4], 1), b: numbers([4], 2) },
    ["a", "b"],
    ({ a, b }) => tf.dot(a as Tensor, b as Tensor),
    {
      dy: [],
    },
  );
  await sameGradients(
    { a: numbers([3, 4], 1), b: numbers([4], 2) },
    ["a", "b"],
    ({ a, b }) => tf.dot(a as Tensor, b as Tensor),
    {
      dy: [3],
    },
  );
});

test("fused products are taken apart, with every activation", async () => {
  for (const activation of ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const)
    await sameAsEager(
      { a: numbers([3, 4], 1), b: numbers([4, 5], 2), bias: numbers([5], 3), slope: numbers([5], 4) },
      ({ a, b, bias, slope }) =>
        tf.fused.matMul({
          a: a as Tensor,
          b: b as Tensor,
          bias: bias as Tensor,
          activation,
          ...(activation === "prelu" ? { preluActivationWeights: slope as Tensor } : {}),
          ...(activation === "leakyrelu" ? { leakyreluAlpha: 0.3 } : {}),
        }),
    );
});
