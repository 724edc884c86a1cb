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

const x = numbers([4, 3, 5]);
type Run = (x: Tensor) => Tensor;

const cases: Readonly<Record<string, readonly [Run, readonly number[]]>> = {
  Slice: [(x) => tf.slice(x, [1, 0, 2], [2, 3, 2]), [2, 3, 2]],
  "Slice to the end": [(x) => tf.slice(x, [1, 2], [-1, 1]), [3, 1, 5]],
  "Slice of one element": [(x) => tf.slice(x, [3, 2, 4], [1, 1, 1]), [1, 1, 1]],
  Reverse: [(x) => tf.reverse(x, [0, -1]), [4, 3, 5]],
  Concat: [(x) => tf.concat([x, tf.mul(x, 2)], -1), [4, 3, 10]],
  Pack: [(x) => tf.stack([x, tf.mul(x, 2)], 1), [4, 2, 3, 5]],
  "Pack last": [(x) => tf.stack([x, tf.mul(x, 2)], -1), [4, 3, 5, 2]],
  Unpack: [(x) => tf.mul(tf.unstack(x, 1)[0] as Tensor, tf.unstack(x, 1)[2] as Tensor), [4, 5]],
  SplitV: [(x) => tf.mul(tf.split(x, 2, 0)[0] as Tensor, tf.split(x, 2, 0)[1] as Tensor), [2, 3, 5]],
  "SplitV by sizes": [(x) => tf.split(x, [1, 3, -1], 2)[1] as Tensor, [4, 3, 3]],
  PadV2: [
    (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
          [3, 1],
        ],
        0.5,
      ),
    [5, 5, 9],
  ],
  MirrorPad: [
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 0],
          [0, 2],
          [3, 1],
        ],
        "reflect",
      ),
    [5, 5, 9],
  ],
  "MirrorPad on the edge": [
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 4],
          [0, 2],
          [3, 1],
        ],
        "symmetric",
      ),
    [9, 5, 9],
  ],
};

for (const [name, [run, dy]] of Object.entries(cases))
  test(`${name} and its gradient are the same compiled`, async () => {
    await sameAsEager({ x }, ({ x }) => run(x as Tensor), { threads: [1, 2] });
    if (!name.startsWith("MirrorPad")) await sameGradients({ x }, ["x"], ({ x }) => run(x as Tensor), { dy });
  });

test("SpaceToBatchND, BatchToSpaceND and their gradients", async () => {
  const image = numbers([2, 4, 6, 3]);
  const there: Run = (x) =>
    tf.spaceToBatchND(
      x,
      [2, 3],
      [
        [1, 1],
        [0, 0],
      ],
    );
  await sameGradients({ image }, ["image"], ({ image }) => there(image as Tensor), { dy: [12, 3, 2, 3] });
  const back: Run = (x) =>
    tf.batchToSpaceND(
      x,
      [2, 1],
      [
        [0, 1],
        [1, 0],
      ],
    );
  await sameGradients({ image }, ["image"], ({ image }) => back(image as Tensor), { dy: [1, 7, 5, 3] });
});

test("StridedSlice, backwards too", () =>
  sameAsEager({ x }, ({ x }) => [
    tf.stridedSlice(x as Tensor, [0, 2, 1], [4, 0, 5], [2, -1, 2]),
    tf.stridedSlice(x as Tensor, [3, 2, 4], [0, 0, 0], [-1, -2, -2], 0, 7),
    tf.stridedSlice(x as Tensor, [1, 0, 0], [2, 3, 5], [1, 1, 1], 0, 0, 0, 0, 1),
  ]));

test("integers and flags are cut and joined too", () =>
  sameAsEager({ n: integers([3, 2], [1, 2, 3, 4, 5]), b: flags([3, 2]) }, ({ n, b }) => [
    tf.slice(n as Tensor, [1, 0], [2, 1]),
    tf.concat([b as Tensor, b as Tensor], 0),
    tf.pad(n as Tensor, [
      [1, 1],
      [0, 1],
    ]),
    tf.pad(b as Tensor, [
      [1, 1],
      [0, 1],
    ]),
    tf.reverse(b as Tensor, 0),
  ]));
