import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import {
  flags,
  integers,
  numbers,
  positives,
  sameAsEager,
  sameGradients,
  type TestTensor,
} from "../../../../test/support/againstEager.ts";

type Unary = (x: Tensor) => Tensor;
const all = numbers([3, 5]);
const positive = positives([2, 3, 4]);
const inside: TestTensor = { ...all, data: (all.data as Float32Array).map((x) => x * 0.45) }; // in (-1, 1)
const outside: TestTensor = { ...positive, data: (positive.data as Float32Array).map((x) => x + 1.5) };

// name, function, domain, whether tfjs has a gradient for it
const functions: readonly (readonly [string, Unary, TestTensor, boolean?])[] = [
  ["Abs", tf.abs, all],
  ["Acos", tf.acos, inside],
  ["Acosh", tf.acosh, outside],
  ["Asin", tf.asin, inside],
  ["Asinh", tf.asinh, all],
  ["Atan", tf.atan, all],
  ["Atanh", tf.atanh, inside],
  ["Ceil", tf.ceil, all],
  ["ClipByValue", (x) => tf.clipByValue(x, -0.5, 1), all],
  ["Cos", tf.cos, all],
  ["Cosh", tf.cosh, all],
  ["Elu", tf.elu, all],
  ["Erf", tf.erf, all],
  ["Exp", tf.exp, all],
  ["Expm1", tf.expm1, all],
  ["Floor", tf.floor, all],
  ["IsFinite", tf.isFinite, all, false],
  ["IsInf", tf.isInf, all, false],
  ["IsNan", tf.isNaN, all, false],
  ["LeakyRelu", (x) => tf.leakyRelu(x, 0.3), all],
  ["Log", tf.log, positive],
  ["Log1p", tf.log1p, positive],
  ["Neg", tf.neg, all],
  ["Reciprocal", tf.reciprocal, positive],
  ["Relu", tf.relu, all],
  ["Relu6", (x) => tf.relu6(tf.mul(x, 5)), all],
  ["Round", tf.round, all],
  ["Rsqrt", tf.rsqrt, positive],
  ["Selu", tf.selu, all],
  ["Sigmoid", tf.sigmoid, all],
  ["Sign", tf.sign, all],
  ["Sin", tf.sin, all],
  ["Sinh", tf.sinh, all],
  ["Softplus", tf.softplus, all],
  ["Sqrt", tf.sqrt, positive],
  ["Square", tf.square, all],
  ["Step", (x) => tf.step(x), all],
  ["Step with a slope", (x) => tf.step(x, 0.25), all],
  ["Tan", tf.tan, inside],
  ["Tanh", tf.tanh, all],
];

for (const [name, run, x, differentiable = true] of functions) {
  test(`${name} is the same compiled`, async () => {
    await sameAsEager({ x }, ({ x }) => run(x as Tensor), { threads: [1, 2] });
    await sameAsEager({ x: { ...x, shape: [], data: x.data.slice(0, 1) } }, ({ x }) => run(x as Tensor));
  });
  if (differentiable)
    test(`${name}'s gradient is the same compiled`, () =>
      sameGradients({ x }, ["x"], ({ x }) => run(x as Tensor), { dy: x.shape }));
}

test("Expm1 and Log1p do not cancel near zero", async () => {
  const x: TestTensor = { shape: [4], dtype: "float32", data: Float32Array.of(1e-7, -3e-6, 1e-4, -1e-2) };
  for (const [i, value] of x.data.entries()) {
    const one = { shape: [], dtype: "float32", data: Float32Array.of(value) } as const;
    await sameAsEager({ x: one }, ({ x }) => [tf.expm1(x as Tensor), tf.log1p(x as Tensor)], {
      threads: [1 + (i % 2)],
    });
  }
});

test("integers keep their dtype", () =>
  sameAsEager({ x: integers([2, 3], [-4, -1, 0, 1, 9, 16]) }, ({ x }) => {
    const n = x as Tensor;
    return [tf.abs(n), tf.neg(n), tf.relu(n), tf.square(n), tf.sign(n), tf.clipByValue(n, -1, 4), tf.step(n)];
  }));

test("Cast converts between all dtypes and truncates", () =>
  sameAsEager({ x: numbers([7]), n: integers([4], [0, 3, -2, 1]), b: flags([5]) }, ({ x, n, b }) => [
    tf.cast(x as Tensor, "int32"),
    tf.cast(x as Tensor, "bool"),
    tf.add(tf.cast(n as Tensor, "float32"), 0.5), // tfjs's cpu backend leaves a widened tensor in its old array
    tf.cast(n as Tensor, "bool"),
    tf.add(tf.cast(b as Tensor, "float32"), 0.5),
    tf.add(tf.cast(b as Tensor, "int32"), tf.scalar(2, "int32")),
  ]));

test("LogicalNot", () => sameAsEager({ b: flags([6]) }, ({ b }) => tf.logicalNot(b as Tensor)));

test("Prelu, with a slope a channel or an element", async () => {
  for (const slope of [[4], [3, 1, 4], [2, 3, 1, 4]])
    await sameGradients(
      { x: numbers([2, 3, 5, 4]), alpha: numbers(slope, 3) },
      ["x", "alpha"],
      ({ x, alpha }) => tf.prelu(x as Tensor, alpha as Tensor),
      { dy: [2, 3, 5, 4] },
    );
});
