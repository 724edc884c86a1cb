import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  assertZero,
  integers,
  numbers,
  sameAsEager,
  type TestTensor,
} from "../../../../test/support/againstEager.ts";
import type { Entry, Tensors } from "../../program.ts";
import type { Graph } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { elementwiseKernels } from "../passes/isElementwise.ts";
import { optimise } from "../passes/optimise.ts";
import { lowerPlain } from "../plain.ts";
import type { LowerProgram } from "../slots.ts";
import { trace } from "../trace.ts";
import { shareRules } from "./shareRules.ts";

type Run = (inputs: Record<"x" | "y" | "w" | "i", Tensor>) => Tensor | readonly Tensor[];
/** Shapes of x and y, which have six samples, and of w, which has none; i has an integer for each sample. */
type Case = readonly [
  what: string,
  shapes: Readonly<Partial<Record<"x" | "y" | "w", readonly number[]>>>,
  Run,
];

const samples = 6;
const i = integers([samples], [3, 0, 2, 2, 1, 4]);
const constant = (...shape: number[]) => tf.tensor([...numbers(shape, 7).data], shape);
const turned = (x: Tensor) => tf.transpose(x, [1, 0, ...x.shape.map((_, axis) => axis).slice(2)]);

/** A function and its gradients, weighted unevenly. */
const withGradients =
  (by: readonly ("x" | "y" | "w")[], run: (inputs: Record<string, Tensor>) => Tensor): Run =>
  (inputs) => {
    const weights = (y: Tensor) => tf.sin(tf.mul(y, 3));
    const gradients = tf.grads((...xs: Tensor[]) => {
      const y = run({ ...inputs, ...Object.fromEntries(by.map((name, at) => [name, xs[at] as Tensor])) });
      return tf.sum(tf.mul(y, weights(y)));
    });
    return [run(inputs), ...gradients(by.map((name) => inputs[name]))];
  };

const classesOf = (x: Tensor) => tf.cast(tf.clipByValue(tf.abs(x), 0, 2), "int32");
const [images, filter] = [
  [6, 5, 5, 2],
  [3, 3, 2, 4],
] as const;
const as4d = (x: Tensor | undefined) => x as Tensor4D;
const as3d = (x: Tensor | undefined) => x as Tensor3D;

/** In these no sample needs another one. */
const apart: readonly Case[] = [
  ["a number for each class", { x: [6, 4], w: [4] }, ({ x, w }) => tf.add(x, w)],
  ["a number for each class, of higher rank", { x: [6, 4], w: [1, 4] }, ({ x, w }) => tf.div(w, x)],
  ["a number for each of as many classes", { x: [6, 6] }, ({ x }) => tf.add(x, constant(6))],
  ["a number for each sample", { x: [6, 4], y: [6, 1] }, ({ x, y }) => tf.mul(x, y)],
  ["samples behind another axis", { x: [6, 4], w: [3, 1, 4] }, ({ x, w }) => tf.sum(tf.maximum(x, w), 0)],
  ["a choice by element", { x: [6, 4], y: [6, 4] }, ({ x, y }) => tf.where(tf.greater(x, 0), x, y)],
  ["zeros and ones", { x: [6, 4] }, ({ x }) => [tf.mul(tf.zerosLike(x), x), tf.add(tf.onesLike(x), x)]],
  ["several summands", { x: [6, 4], y: [6, 4] }, ({ x, y }) => tf.addN([x, y, tf.tanh(x)])],

  ["a mean over samples", { x: [6, 4] }, ({ x }) => tf.mean(x, 0)],
  ["a mean over all", { x: [6, 4] }, ({ x }) => tf.mean(x)],
  ["a mean over samples in one axis with others", { x: [6, 4] }, ({ x }) => tf.mean(tf.reshape(x, [24]))],
  ["a mean over classes", { x: [6, 4] }, ({ x }) => [tf.mean(x, 1), tf.mean(x, 1, true)]],
  ["a sum before the samples' axis", { x: [6, 4, 3] }, ({ x }) => tf.sum(turned(x), 0)],
  [
    "a sum before the samples' axis that is kept",
    { x: [6, 4, 3] },
    ({ x }) => turned(tf.sum(turned(x), 0, true)),
  ],
  ["a maximum over classes", { x: [6, 4] }, ({ x }) => [tf.max(x, 1), tf.min(x, 1), tf.prod(x, 1)]],
  [
    "whether all or any",
    { x: [6, 4] },
    ({ x }) => [tf.all(tf.greater(x, -1.5), 1), tf.any(tf.greater(x, 1.5), 1)],
  ],
  ["the sum of a sum", { x: [6, 4] }, ({ x }) => tf.sum(tf.square(tf.sum(x, 1)))],
  ["the mean of a sum", { x: [6, 4, 3], w: [4] }, ({ x, w }) => tf.mean(tf.mul(tf.sum(x, [0, 2]), w))],
  [
    "sums that are added",
    { x: [6, 4], y: [6, 4] },
    ({ x, y }) => tf.add(tf.sub(tf.mean(x, 0), tf.sum(y, 0)), tf.neg(tf.sum(tf.square(x), 0))),
  ],
  [
    "sums that are added at once",
    { x: [6, 4] },
    ({ x }) => tf.addN([tf.sum(x, 0), tf.mean(x, 0), tf.sum(tf.sin(x), 0)]),
  ],
  [
    "sums that are weighted",
    { x: [6, 4], w: [4] },
    ({ x, w }) => tf.div(tf.mul(w, tf.mul(tf.sum(x, 0), w)), w),
  ],
  ["sums in another shape", { x: [6, 4] }, ({ x }) => turned(tf.reshape(tf.sum(x, 0), [2, 2]))],
  ["sums that are spread", { x: [6, 4] }, ({ x }) => tf.broadcastTo(tf.sum(x, 0), [3, 4])],
  ["sums that are cut", { x: [6, 4] }, ({ x }) => tf.slice(tf.sum(x, 0), [1], [2])],
  ["sums side by side", { x: [6, 4], y: [6, 3] }, ({ x, y }) => tf.concat([tf.sum(x, 0), tf.sum(y, 0)])],
  ["sums one above the other", { x: [6, 4] }, ({ x }) => tf.stack([tf.sum(x, 0), tf.mean(x, 0)])],

  ["softmax", { x: [6, 4] }, ({ x }) => [tf.softmax(x), tf.logSoftmax(x)]],
  ["softmax behind another axis", { x: [6, 4, 3] }, ({ x }) => turned(tf.softmax(turned(x)))],
  ["running sums", { x: [6, 4] }, ({ x }) => tf.cumsum(x, 1)],
  ["the greatest class", { x: [6, 4] }, ({ x }) => [tf.argMax(x, 1), tf.argMin(x, 1)]],
  ["the greatest along the axis before", { x: [6, 4, 3] }, ({ x }) => tf.argMax(turned(x), 0)],

  [
    "a dense layer",
    { x: [6, 4], w: [4, 3] },
    withGradients(["x", "w"], ({ x, w }) => tf.matMul(as3d(x), as3d(w))),
  ],
  [
    "a dense layer, weights turned",
    { x: [6, 4], w: [3, 4] },
    withGradients(["x", "w"], ({ x, w }) => tf.matMul(as3d(x), as3d(w), false, true)),
  ],
  [
    "a dense layer, both turned",
    { x: [6, 4], w: [3, 4] },
    ({ x, w }) => tf.transpose(tf.matMul(w, x, false, true)),
  ],
  [
    "a dense layer of turned samples",
    { x: [6, 4], w: [4, 3] },
    ({ x, w }) => tf.matMul(tf.transpose(x), w, true),
  ],
  [
    "turned samples behind weights",
    { x: [6, 4], w: [3, 4] },
    ({ x, w }) => tf.transpose(tf.matMul(w, tf.transpose(x))),
  ],
  [
    "positions of samples",
    { x: [6, 4], y: [6, 2] },
    ({ x, y }) => tf.matMul(tf.reshape(x, [12, 2]), tf.reshape(y, [12, 1]), true),
  ],
  [
    "a product for each sample",
    { x: [6, 2, 3], y: [6, 3, 2] },
    withGradients(["x", "y"], ({ x, y }) => tf.matMul(as3d(x), as3d(y))),
  ],
  ["one matrix for all", { x: [6, 2, 3], w: [1, 3, 4] }, ({ x, w }) => tf.matMul(x, w)],
  ["one matrix for all, in front", { x: [6, 2, 3], w: [1, 4, 2] }, ({ x, w }) => tf.matMul(w, x)],
  ["products of heads", { x: [6, 2, 3], w: [2, 3, 4] }, ({ x, w }) => turned(tf.matMul(turned(x), w))],
  [
    "products of heads, samples last",
    { x: [6, 2, 3], w: [2, 4, 3] },
    ({ x, w }) => tf.transpose(tf.matMul(w, tf.transpose(x, [1, 2, 0])), [2, 0, 1]),
  ],
  ["sums and weights", { x: [6, 4], w: [4, 3] }, ({ x, w }) => tf.matMul(tf.sum(x, 0, true), w)],
  ["weights and sums", { x: [6, 4], w: [3, 1] }, ({ x, w }) => tf.matMul(w, tf.sum(x, 0, true))],

  [
    "a convolution",
    { x: images, w: filter },
    withGradients(["x", "w"], ({ x, w }) => tf.conv2d(as4d(x), as4d(w), 2, "same")),
  ],
  [
    "a depthwise convolution",
    { x: images, w: [3, 3, 2, 1] },
    withGradients(["x", "w"], ({ x, w }) => tf.depthwiseConv2d(as4d(x), as4d(w), 1, "valid")),
  ],
  ["a maximum pool", { x: images }, withGradients(["x"], ({ x }) => tf.maxPool(as4d(x), 2, 2, "valid"))],
  ["an average pool", { x: images }, withGradients(["x"], ({ x }) => tf.avgPool(as4d(x), 2, 1, "same"))],
  ["a resize", { x: images }, withGradients(["x"], ({ x }) => tf.image.resizeBilinear(as4d(x), [7, 4]))],
  [
    "a resize by nearest neighbours",
    { x: images },
    ({ x }) => tf.image.resizeNearestNeighbor(as4d(x), [7, 4]),
  ],

  ["an axis in two", { x: [6, 4] }, ({ x }) => tf.reshape(x, [6, 2, 2])],
  [
    "samples and classes in one axis",
    { x: [6, 4] },
    ({ x }) => tf.tanh(tf.reshape(tf.reshape(x, [24]), [12, 2])),
  ],
  ["an axis in front", { x: [6, 4] }, ({ x }) => tf.sum(tf.tanh(tf.expandDims(x, 0)), 0)],
  [
    "axes before the samples'",
    { x: [6, 4] },
    ({ x }) => tf.transpose(tf.tanh(tf.reshape(tf.transpose(x), [2, 2, 6]))),
  ],
  ["spread over classes", { x: [6, 1] }, ({ x }) => tf.broadcastTo(x, [6, 4])],
  ["spread over an axis in front", { x: [6, 4] }, ({ x }) => tf.sum(tf.sin(tf.broadcastTo(x, [3, 6, 4])), 0)],
  ["spread over samples", { x: [6, 4], w: [4] }, ({ x, w }) => tf.mul(x, tf.tanh(tf.broadcastTo(w, [6, 4])))],
  [
    "spread over samples and positions",
    { w: [1], x: [6, 2] },
    ({ w, x }) => tf.add(tf.broadcastTo(w, [12]), tf.reshape(x, [12])),
  ],
  ["repeated", { x: [6, 4] }, ({ x }) => tf.tile(x, [1, 2])],
  ["side by side", { x: [6, 4], y: [6, 3] }, ({ x, y }) => tf.concat([x, y], 1)],
  [
    "on a new axis",
    { x: [6, 4], y: [6, 4] },
    ({ x, y }) => [tf.stack([x, y], 1), tf.stack([x, y], 2), turned(tf.stack([x, y], 0))],
  ],
  ["taken apart", { x: [6, 4] }, ({ x }) => tf.unstack(tf.tanh(x), 1)],
  ["taken apart before the samples' axis", { x: [6, 4, 2] }, ({ x }) => tf.unstack(tf.tanh(turned(x)), 0)],
  ["split", { x: [6, 4] }, ({ x }) => tf.split(tf.tanh(x), [1, 3], 1)],
  ["cut", { x: [6, 4] }, withGradients(["x"], ({ x }) => tf.slice(x as Tensor, [0, 1], [6, 2]))],
  [
    "padded",
    { x: [6, 4] },
    ({ x }) => [
      tf.pad(x, [
        [0, 0],
        [1, 2],
      ]),
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 2],
        ],
        "reflect",
      ),
    ],
  ],
  ["reversed", { x: [6, 4] }, ({ x }) => tf.reverse(x, 1)],

  ["a row for each label", { x: [6, 5] }, ({ x, i }) => tf.mul(x, tf.oneHot(i as Tensor1D, 5))],
  [
    "rows of a table",
    { w: [5, 3] },
    ({ w, i }) => {
      const rowsOf = (table: Tensor) => tf.gather(table, tf.cast(i, "int32") as Tensor1D);
      return [rowsOf(w), ...tf.grads((table) => tf.sum(tf.square(rowsOf(table))))([w])];
    },
  ],
  ["columns of a table", { w: [2, 5] }, ({ w, i }) => tf.transpose(tf.gather(w, i as Tensor1D, 1))],
  ["chosen classes", { x: [6, 4] }, ({ x }) => tf.gather(x, tf.tensor1d([3, 1, 1], "int32"), 1)],
  [
    "chosen before the samples' axis",
    { x: [6, 4] },
    ({ x }) => tf.transpose(tf.gather(tf.transpose(x), tf.tensor1d([3, 1, 1], "int32"), 0)),
  ],
  ["the smallest along the axis before", { x: [6, 4, 3] }, ({ x }) => tf.argMin(turned(x), 0)],
  [
    "spread over as many classes as there are no samples",
    { x: [6, 4], w: [1] },
    ({ x, w }) => tf.add(x, tf.sin(tf.broadcastTo(w, [4]))),
  ],
  [
    "rows of a table, twice",
    { x: [6, 4], w: [5, 3] },
    ({ x, w }) => turned(tf.gather(w, turned(classesOf(x)) as Tensor2D)),
  ],
  [
    "classes that are chosen twice",
    { x: [6, 4] },
    ({ x }) => tf.gather(x, tf.tensor2d([3, 1, 1, 0], [2, 2], "int32"), 1),
  ],
  [
    "chosen twice before the samples' axis",
    { x: [6, 4] },
    ({ x }) =>
      tf.transpose(tf.gather(tf.transpose(x), tf.tensor2d([3, 1, 1, 0], [2, 2], "int32"), 0), [2, 0, 1]),
  ],
];

/** In these samples meet, or their order is lost. */
const together: readonly Case[] = [
  ["a constant for each sample", { x: [6, 4] }, ({ x }) => tf.add(x, constant(6, 4))],
  ["each sample beside each", { x: [6, 4], y: [6, 4] }, ({ x, y }) => tf.mul(tf.reshape(x, [6, 1, 4]), y)],
  ["a square beside its turned one", { x: [6, 6], y: [6, 6] }, ({ x, y }) => tf.mul(x, tf.transpose(y))],
  [
    "a choice with operands of other ranks",
    { x: [6, 4] },
    ({ x }) => tf.where(tf.greater(x, 0), x, tf.mean(x, 0)),
  ],
  ["what is summed beside samples", { x: [6, 4] }, ({ x }) => tf.sub(x, tf.mean(x, 0))],
  ["a number added to a sum", { x: [6, 4] }, ({ x }) => tf.add(tf.sum(x, 0), 1)],
  ["a number added to sums at once", { x: [6, 4], w: [4] }, ({ x, w }) => tf.addN([tf.sum(x, 0), w])],
  ["a number less a sum", { x: [6, 4] }, ({ x }) => tf.sub(1, tf.sum(x, 0))],
  ["a product of sums", { x: [6, 4] }, ({ x }) => tf.mul(tf.sum(x, 0), tf.mean(tf.sin(x), 0))],
  ["a sum of sums by a sum", { x: [6, 4] }, ({ x }) => tf.div(tf.sum(x, 0), tf.sum(tf.square(x), 0))],
  ["a number by a sum", { x: [6, 4] }, ({ x }) => tf.div(1, tf.sum(tf.square(x), 0))],
  ["the root of a sum", { x: [6, 4] }, ({ x }) => tf.sqrt(tf.sum(tf.square(x), 0))],
  ["the maximum of sums", { x: [6, 4] }, ({ x }) => tf.max(tf.sum(x, 0))],
  ["a maximum over samples", { x: [6, 4] }, ({ x }) => tf.max(x, 0)],
  ["a product over samples", { x: [6, 4] }, ({ x }) => tf.prod(x, 0)],
  ["softmax over samples", { x: [6, 4] }, ({ x }) => tf.transpose(tf.softmax(tf.transpose(x)))],
  ["running sums over samples", { x: [6, 4] }, ({ x }) => tf.cumsum(x, 0)],
  ["the greatest sample", { x: [6, 4] }, ({ x }) => tf.argMax(x, 0)],
  ["each sample by each", { x: [6, 4], y: [6, 4] }, ({ x, y }) => tf.matMul(x, y, false, true)],
  ["samples by constants", { x: [6, 4] }, ({ x }) => tf.matMul(x, constant(6, 3), true)],
  ["constants by samples", { x: [6, 4] }, ({ x }) => tf.matMul(constant(3, 6), x)],
  ["sums by samples", { x: [6, 4] }, ({ x }) => tf.matMul(tf.sum(x, 0, true), x, false, true)],
  ["sums by sums", { x: [6, 4] }, ({ x }) => tf.matMul(tf.sum(x, 0, true), tf.mean(x, 0, true), false, true)],
  ["one constant matrix each", { x: [6, 2, 3] }, ({ x }) => tf.matMul(x, constant(6, 3, 2))],
  [
    "matrices of samples by rows of samples",
    { x: [6, 6, 3], y: [6, 3] },
    ({ x, y }) => tf.matMul(x, tf.reshape(y, [1, 6, 3]), false, true),
  ],
  [
    "samples as filters",
    { x: [6, 4] },
    ({ x }) =>
      tf.conv2d(constant(1, 7, 7, 1) as Tensor4D, tf.reshape(x, [6, 4, 1, 1]) as Tensor4D, 1, "same"),
  ],
  [
    "samples as filters of samples",
    { x: images, y: [6, 2, 2, 3] },
    ({ x, y }) => tf.conv2d(as4d(x), as4d(y), 1, "same"),
  ],
  [
    "samples along the height",
    { x: [6, 5, 2] },
    ({ x }) => tf.avgPool(tf.reshape(x, [1, 6, 5, 2]) as Tensor4D, 2, 1, "same"),
  ],
  ["classes before samples", { x: [6, 4] }, ({ x }) => tf.reshape(tf.transpose(x), [24])],
  ["an answer with the samples last", { x: [6, 4] }, ({ x }) => tf.transpose(tf.tanh(x))],
  ["repeated samples", { x: [6, 4] }, ({ x }) => tf.tile(x, [2, 1])],
  ["one sample behind the other", { x: [6, 4], y: [6, 4] }, ({ x, y }) => tf.concat([x, y], 0)],
  ["constants beside samples", { x: [6, 4] }, ({ x }) => tf.concat([x, constant(6, 2)], 1)],
  ["constants before samples", { x: [6, 4] }, ({ x }) => tf.concat([constant(6, 2), x], 1)],
  ["samples beside turned ones", { x: [6, 6] }, ({ x }) => tf.concat([x, tf.transpose(x)], 1)],
  ["sums beside constants", { x: [6, 4] }, ({ x }) => tf.concat([tf.sum(x, 0), constant(2)])],
  ["samples taken apart", { x: [6, 4] }, ({ x }) => tf.unstack(x, 0)],
  ["samples split", { x: [6, 4] }, ({ x }) => tf.split(x, 2, 0)],
  ["all but one sample", { x: [6, 4] }, ({ x }) => tf.slice(x, [1, 0], [5, 4])],
  [
    "a sample before",
    { x: [6, 4] },
    ({ x }) =>
      tf.pad(x, [
        [1, 0],
        [0, 0],
      ]),
  ],
  [
    "a sample behind",
    { x: [6, 4] },
    ({ x }) =>
      tf.pad(x, [
        [0, 1],
        [0, 0],
      ]),
  ],
  [
    "samples in mirrored order",
    { x: [6, 4] },
    ({ x }) =>
      tf.mirrorPad(
        x,
        [
          [1, 1],
          [0, 0],
        ],
        "symmetric",
      ),
  ],
  ["samples in reversed order", { x: [6, 4] }, ({ x }) => tf.reverse(x, 0)],
  ["chosen samples", { x: [6, 4] }, ({ x }) => tf.gather(x, tf.tensor1d([3, 1, 1], "int32"), 0)],
  ["each sample chooses a sample", { x: [6, 4] }, ({ x, i }) => tf.gather(x, i as Tensor1D, 0)],
  ["the smallest sample", { x: [6, 4] }, ({ x }) => tf.argMin(x, 0)],
  ["classes of samples by samples", { x: [6, 6], y: [6, 6] }, ({ x, y }) => tf.matMul(x, y)],
  [
    "samples by turned samples' classes",
    { x: [6, 6], y: [6, 6] },
    ({ x, y }) => tf.matMul(tf.transpose(x), tf.transpose(y)),
  ],
  [
    "a constant for each position",
    { x: [6, 4] },
    ({ x }) => tf.mul(tf.reshape(x, [12, 2]), tf.broadcastTo(constant(12, 1), [12, 2])),
  ],
  ["each sample chooses a class of all", { x: [6, 5] }, ({ x, i }) => tf.gather(x, i as Tensor1D, 1)],
  [
    "each sample chooses its own classes",
    { x: [6, 4] },
    ({ x }) => tf.gather(x, classesOf(x) as Tensor2D, 1, 1),
  ],
  [
    "samples by constant groups",
    { x: [6, 4] },
    ({ x }) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 0, 2, 1, 0], "int32"), 3),
  ],
  [
    "constants by the samples' groups",
    {},
    ({ i }) => tf.unsortedSegmentSum(constant(6, 4), i as Tensor1D, 5),
  ],
  [
    "classes by the samples' groups",
    { x: [6, 6] },
    ({ x, i }) => tf.unsortedSegmentSum(tf.transpose(x), i as Tensor1D, 5),
  ],
  [
    "samples as depthwise filters",
    { x: [6, 2] },
    ({ x }) =>
      tf.depthwiseConv2d(
        constant(1, 7, 7, 2) as Tensor4D,
        tf.reshape(x, [6, 1, 2, 1]) as Tensor4D,
        1,
        "same",
      ),
  ],
  [
    "a maximum of samples along the height",
    { x: [6, 5, 2] },
    withGradients(["x"], ({ x }) => tf.maxPool(as4d(tf.reshape(x as Tensor, [1, 6, 5, 2])), 2, 1, "same")),
  ],
  [
    "a resize of samples along the height",
    { x: [6, 5, 2] },
    ({ x }) => [
      tf.image.resizeBilinear(as4d(tf.reshape(x, [1, 6, 5, 2])), [12, 5]),
      tf.image.resizeNearestNeighbor(as4d(tf.reshape(x, [1, 6, 5, 2])), [12, 5]),
    ],
  ],
];

const tensorsOf = (shapes: Case[1]): Readonly<Record<string, TestTensor>> => ({
  ...Object.fromEntries(Object.entries(shapes).map(([name, shape], at) => [name, numbers(shape, at + 1)])),
  i,
});

/** @param divisions gets whether there are so many parts */
const inParts =
  (count: number, divisions: boolean[]): LowerProgram =>
  (graphs) => {
    const lowered = lowerPlain(graphs, { parts: () => count });
    divisions.push(lowered.models.get("test")?.parts?.count === count);
    return lowered;
  };

/** Compares with the eager program in two parts and in three. @returns whether there were as many */
async function divisions([, shapes, run]: Case): Promise<boolean[]> {
  const found: boolean[] = [];
  for (const count of [2, 3])
    await sameAsEager(tensorsOf(shapes), (inputs) => run(inputs as Parameters<Run>[0]), {
      lowering: inParts(count, found),
    });
  return found;
}

for (const row of apart)
  test(`in parts: ${row[0]}`, async () => assert.deepEqual(await divisions(row), [true, true]));
for (const row of together)
  test(`whole: ${row[0]}`, async () => assert.deepEqual(await divisions(row), [false, false]));

// tfjs's cpu kernel reads the wrong rows of a second image, so this cannot be compared with the eager program.
const doubled: Case = [
  "the gradient of doubling images",
  { x: [6, 2, 5, 2], y: [6, 4, 10, 2] },
  ({ x, y }) => {
    const double = (image: Tensor) => tf.image.resizeNearestNeighbor(as4d(image), [4, 10]);
    return tf.sub(tf.grad(double)(x, y), tf.sum(tf.reshape(y, [6, 2, 2, 5, 2, 2]), [2, 4]));
  },
];

test(`in parts: ${doubled[0]}`, async () => {
  const [, shapes, run] = doubled;
  const found: boolean[] = [];
  const difference = (inputs: Tensors) => run(inputs as Parameters<Run>[0]) as Tensor;
  await assertZero(tensorsOf(shapes), difference, { lowering: inParts(3, found) });
  assert.deepEqual(found, [true]);
});

test("each kernel with a rule works on samples in a case that is in parts", () => {
  // The first ones follow elements alone; the others are not of samples, or gone from an optimised graph.
  const others = new Set([...elementwiseKernels, "Fill", "ZerosLike", "OnesLike"]);
  const seen = new Set([...apart, doubled].flatMap(kernelsOfSamples));
  assert.deepEqual(
    Object.keys(shareRules).filter((kernel) => !seen.has(kernel) && !others.has(kernel)),
    [],
  );
});

/** Kernels that read what is of samples. */
function kernelsOfSamples([, shapes, run]: Case): string[] {
  const entry: Entry = {
    name: "test",
    inputs: tensorsOf(shapes),
    run: (_, inputs) => {
      const outputs = [run(inputs as Parameters<Run>[0])].flat();
      return { state: {}, outputs: Object.fromEntries(outputs.map((output, at) => [`${at}`, output])) };
    },
  };
  const [traced] = trace({ state: {}, entries: [entry] });
  const { inputs, nodes } = optimise(traced as Graph);
  const own = new Set([...inputs].filter(([name]) => name !== "w").map(([, value]) => value));
  const ofSamples = nodes.filter((node) => {
    const isOfSamples = inputValues(node.inputs).some((value) => own.has(value));
    if (isOfSamples) for (const output of node.outputs) own.add(output);
    return isOfSamples;
  });
  return ofSamples.map(({ kernel }) => kernel);
}
