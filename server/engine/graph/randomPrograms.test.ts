import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { numbers, sameAsEager, sameGradients } from "../../../test/support/againstEager.ts";
import type { Graph } from "./graph.ts";
import { lowerBatchInnermost } from "./layouts/innermost/lowerBatchInnermost.ts";
import { lowerPlain } from "./plain.ts";
import type { Lowered } from "./slots.ts";

type Shape = readonly number[];
/** One step of a program: where it applies, it makes a tensor of another. The number picks among its variants. */
interface Step {
  readonly applies: (shape: Shape) => boolean;
  readonly run: (x: Tensor, pick: number) => Tensor;
}

const any = () => true;
const rank = (n: number) => (shape: Shape) => shape.length === n;
const choose = <T>(options: readonly T[], pick: number): T => options[pick % options.length] as T;
const ramp = (shape: Shape) =>
  tf.div(tf.reshape(tf.range(1, 1 + shape.reduce((a, b) => a * b, 1)), [...shape]), 10);
const last = (x: Tensor) => x.shape.at(-1) as number;

const steps: readonly Step[] = [
  {
    applies: any,
    run: (x, pick) => choose([tf.tanh, tf.sigmoid, tf.relu, tf.elu, tf.softplus, tf.sin, tf.neg], pick)(x),
  },
  {
    applies: any,
    run: (x, pick) =>
      choose([tf.add, tf.mul, tf.sub, tf.maximum], pick)(x, tf.broadcastTo(tf.scalar(0.3), x.shape)),
  },
  { applies: any, run: (x, pick) => choose([tf.add, tf.mul, tf.div], pick)(x, ramp([last(x)])) },
  { applies: any, run: (x, pick) => choose([tf.add, tf.mul], pick)(x, tf.mean(x, pick % x.rank, true)) },
  { applies: any, run: (x) => tf.div(x, tf.add(tf.square(x), 1)) },
  { applies: any, run: (x, pick) => tf.concat([x, tf.tanh(x)], pick % x.rank) },
  { applies: any, run: (x, pick) => tf.reverse(x, pick % x.rank) },
  {
    applies: any,
    run: (x, pick) =>
      tf.tile(
        x,
        x.shape.map((_, axis) => (axis === pick % x.rank ? 2 : 1)),
      ),
  },
  { applies: (shape) => shape.length > 1, run: (x, pick) => tf.sum(x, pick % x.rank) },
  { applies: (shape) => shape.length > 1, run: (x) => tf.transpose(x) },
  { applies: (shape) => shape.length > 1, run: (x) => tf.reshape(x, [x.shape[0] as number, -1]) },
  {
    applies: (shape) => shape.every((size) => size > 1),
    run: (x, pick) =>
      tf.slice(
        x,
        x.shape.map((_, axis) => Number(axis === pick % x.rank)),
        x.shape.map((size, axis) => (axis === pick % x.rank ? size - 1 : size)),
      ),
  },
  {
    applies: any,
    run: (x, pick) =>
      tf.pad(x, x.shape.map((_, axis) => (axis === pick % x.rank ? [1, 2] : [0, 0])) as [number, number][]),
  },
  { applies: rank(2), run: (x, pick) => tf.matMul(x, ramp([last(x), 2 + (pick % 4)])) },
  { applies: rank(2), run: (x) => tf.matMul(x, x, false, true) },
  { applies: rank(2), run: (x, pick) => choose([tf.softmax, tf.logSoftmax], pick)(x) },
  { applies: rank(3), run: (x) => tf.expandDims(x, -1) },
  {
    applies: rank(4),
    run: (x, pick) =>
      tf.conv2d(x as Tensor4D, ramp([1 + (pick % 3), 2, last(x), 2]) as Tensor4D, 1 + (pick % 2), "same"),
  },
  {
    applies: rank(4),
    run: (x) => tf.depthwiseConv2d(x as Tensor4D, ramp([2, 2, last(x), 1]) as Tensor4D, 1, "same"),
  },
  {
    applies: rank(4),
    run: (x, pick) => choose([tf.maxPool, tf.avgPool], pick)(x as Tensor4D, 2, 1 + (pick % 2), "same"),
  },
  { applies: rank(4), run: (x) => normalised(x) },
];

function normalised(x: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const scale = ramp([last(x)]) as Tensor1D;
  return tf.batchNorm(x, mean as Tensor1D, variance as Tensor1D, scale, scale, 1e-2);
}

/** Keeps numbers near 1: where tanh saturates its gradient is rounding alone, and nothing could be compared. */
const calmed = (x: Tensor, axes: number[]) =>
  tf.tanh(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), axes, true), 1))));
type Calm = (x: Tensor) => Tensor;
const calmWhole: Calm = (x) => calmed(x, [...x.shape.keys()]);
/** Each sample by itself, so that a batch may have parts. */
const calmSamples: Calm = (x) => calmed(x, [...x.shape.keys()].slice(1));

/** Runs those of the chosen steps that apply. */
function program(choices: readonly (readonly [number, number])[], calm: Calm): (x: Tensor) => Tensor {
  return (x) =>
    choices.reduce((y, [which, pick]) => {
      const fitting = steps.filter(({ applies }) => applies(y.shape) && y.size < 2000);
      const step = fitting[which % Math.max(fitting.length, 1)];
      return step ? calm(step.run(y, pick)) : y;
    }, x);
}

const choices = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 8 });
const shapes: readonly Shape[] = [[5], [3, 4], [2, 3, 4], [2, 4, 3, 2], [1, 5, 5, 3], [2, 1, 4, 1]];
const evenShapes: readonly Shape[] = [[4], [6, 4], [4, 3, 4], [2, 4, 3, 2], [4, 5, 5, 3], [8, 1, 4, 1]];
const forms = {
  plain: { lowering: lowerPlain, calm: calmWhole, shapes },
  "batch-innermost": { lowering: lowerBatchInnermost, calm: calmWhole, shapes },
  "in parts": { lowering: inParts, calm: calmSamples, shapes: evenShapes },
};

let divided = 0;
function inParts(graphs: readonly Graph[]): Lowered {
  const lowered = lowerPlain(graphs, { parts: () => 2 });
  if (lowered.models.get("test")?.parts !== undefined) divided++;
  return lowered;
}

// The seed is fixed: a failure shows again, and fast-check prints the smallest program that fails.
for (const [form, { lowering, calm, shapes }] of Object.entries(forms))
  test(`random programs and their gradients are the same compiled, ${form}, on one thread and two`, async () => {
    const comparison = { lowering, threads: [1, 2], smallest: 0.01 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...shapes), choices, fc.nat(100), async (shape, choices, seed) => {
        const run = program(choices, calm);
        const x = numbers(shape, seed + 1);
        const dy = tf.tidy(() => run(tf.ones([...shape])).shape);
        await sameAsEager({ x }, ({ x }) => run(x as Tensor), comparison);
        const gradient = { ...comparison, dy, tolerance: 1e-4 };
        await sameGradients({ x }, ["x"], ({ x }) => run(x as Tensor), gradient);
      }),
      { seed: 20240607, numRuns: 120 },
    );
  });

test("some of the random programs were in parts", () => assert.ok(divided > 100, `${divided}`));
