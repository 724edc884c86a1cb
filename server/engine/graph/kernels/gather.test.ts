import { test } from "node:test";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { integers, numbers, sameAsEager, sameGradients } from "../../../../test/support/againstEager.ts";

test("GatherV2 and its gradient along every axis, indices repeated", async () => {
  for (const [axis, dy] of [
    [0, [4, 3, 2]],
    [1, [5, 4, 2]],
    [2, [5, 3, 4]],
  ] as const)
    await sameGradients(
      { x: numbers([5, 3, 2]), indices: integers([4], [1, 0, 1, 1]) },
      ["x"],
      ({ x, indices }) => tf.gather(x as Tensor, indices as Tensor1D, axis),
      { dy, threads: [1, 2] },
    );
});

test("an embedding: GatherV2 with a matrix of indices and its gradient, on one thread and two", () =>
  sameGradients(
    { table: numbers([50, 16]), indices: integers([32, 20], [3, 7, 3, 49, 0, 12, 12, 12, 31]) },
    ["table"],
    ({ table, indices }) => tf.gather(table as Tensor, indices as Tensor1D),
    { dy: [32, 20, 16], threads: [1, 2] },
  ));

test("GatherV2 with a batch axis", () =>
  sameAsEager({ x: numbers([3, 4, 2]), indices: integers([3, 2], [0, 3, 1, 1, 2, 0]) }, ({ x, indices }) =>
    tf.gather(x as Tensor, indices as Tensor1D, 1, 1),
  ));

test("UnsortedSegmentSum drops ids that are out of range", () =>
  sameAsEager(
    { x: numbers([6, 3]), ids: integers([6], [2, 0, -1, 2, 5, 1]) },
    ({ x, ids }) => tf.unsortedSegmentSum(x as Tensor, ids as Tensor1D, 4),
    { threads: [1, 2] },
  ));

test("UnsortedSegmentSum's gradient is zero for negative ids", () =>
  sameGradients(
    { x: numbers([6, 3]), ids: integers([6], [2, 0, -1, 2, 3, 1]) },
    ["x"],
    ({ x, ids }) => tf.unsortedSegmentSum(x as Tensor, ids as Tensor1D, 4),
    { dy: [4, 3] },
  ));

test("GatherNd", () =>
  sameAsEager({ x: numbers([3, 4, 2]), indices: integers([3, 2], [0, 3, 1, 1, 2, 0]) }, ({ x, indices }) =>
    tf.gatherND(x as Tensor, indices as Tensor),
  ));

test("TensorScatterUpdate replaces rows, on one thread and two", () =>
  sameAsEager(
    {
      tensor: numbers([300, 16]),
      rows: integers([5, 1], [7, 299, 0, 120, 64]),
      updates: numbers([5, 16], 2),
    },
    ({ tensor, rows, updates }) =>
      tf.tensorScatterUpdate(tensor as Tensor, rows as Tensor, updates as Tensor),
    { threads: [1, 2], tolerance: 0 },
  ));

test("TopK", () =>
  sameAsEager({ x: numbers([3, 7]) }, ({ x }) => {
    const { values, indices } = tf.topk(x as Tensor, 3);
    return [values, indices];
  }));
