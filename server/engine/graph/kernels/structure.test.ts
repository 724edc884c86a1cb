import { test } from "node:test";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  flags,
  integers,
  numbers,
  sameAsEager,
  sameGradients,
} from "../../../../test/support/againstEager.ts";

const x = numbers([2, 3, 4]);

test("Reshape, ExpandDims, Transpose and their gradients", async () => {
  await sameGradients({ x }, ["x"], ({ x }) => tf.reshape(x as Tensor, [6, -1]), { dy: [6, 4] });
  await sameGradients({ x }, ["x"], ({ x }) => tf.expandDims(x as Tensor, -1), { dy: [2, 3, 4, 1] });
  await sameGradients({ x }, ["x"], ({ x }) => tf.transpose(x as Tensor, [2, 0, 1]), { dy: [4, 2, 3] });
  await sameGradients({ x }, ["x"], ({ x }) => tf.transpose(x as Tensor), { dy: [4, 3, 2] });
});

test("Tile, BroadcastTo and their gradients", async () => {
  await sameGradients({ x }, ["x"], ({ x }) => tf.tile(x as Tensor, [1, 2, 3]), { dy: [2, 6, 12] });
  await sameGradients({ b: numbers([3, 1]) }, ["b"], ({ b }) => tf.broadcastTo(b as Tensor, [2, 3, 4]), {
    dy: [2, 3, 4],
  });
});

test("shapes of integers and flags", () =>
  sameAsEager({ n: integers([2, 3], [1, 2, 3, 4]), b: flags([2, 3]) }, ({ n, b }) => [
    tf.reshape(n as Tensor, [3, 2]),
    tf.transpose(b as Tensor),
    tf.tile(n as Tensor, [2, 1]),
    tf.tile(b as Tensor, [1, 2]),
  ]));

test("tensors made from nothing", () =>
  sameAsEager({ x, n: integers([2], [5]) }, ({ x, n }) => [
    tf.add(tf.zerosLike(x as Tensor), 1),
    tf.onesLike(x as Tensor),
    tf.onesLike(n as Tensor),
    tf.fill([2, 3], 1.5),
    tf.range(2, 9, 2),
    tf.range(0, 4, 1, "int32"),
    tf.mul(x as Tensor, tf.tensor1d([1, 2, 3, 4])), // a constant made in JavaScript
  ]));

test("OneHot, also of indices that are out of range", () =>
  sameAsEager({ n: integers([2, 3], [0, 3, -1, 2, 4, 1]) }, ({ n }) => [
    tf.oneHot(n as Tensor1D, 4),
    tf.oneHot(n as Tensor1D, 4, 0.9, 0.1),
    tf.oneHot(n as Tensor1D, 3, 1, 0, "int32"),
  ]));
