import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers, sameAsEager } from "../../../../test/support/againstEager.ts";
import { kernelsOf, traced } from "../../../../test/support/tracing.ts";
import { optimise } from "./optimise.ts";
import { fuse } from "./runtimeFusions.ts";

type Inputs = Readonly<Record<string, Tensor>>;

const standardized = (x: Tensor): Tensor => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-3)));
};

const turned = (x: Tensor): Tensor => tf.transpose(x, [0, 2, 1, 3]);

const cases: Readonly<
  Record<string, { readonly run: (inputs: Inputs) => readonly Tensor[]; readonly kernels: readonly string[] }>
> = {
  "a layer norm whose normalised values are read otherwise": {
    run: ({ x, v }) => [tf.add(tf.mul(standardized(x as Tensor), v as Tensor), 1), standardized(x as Tensor)],
    kernels: ["Standardize", "Multiply", "Add"],
  },
  "a layer norm with scale and shift": {
    run: ({ x, v, u }) => [tf.add(tf.mul(standardized(x as Tensor), v as Tensor), u as Tensor)],
    kernels: ["Standardize"],
  },
  "a norm over other axes": {
    run: ({ x }) => [tf.sub(x as Tensor, tf.mean(x as Tensor, 0, true))],
    kernels: ["Mean", "Sub"],
  },
  "the normal distribution's share below a value": {
    run: ({ x }) => [tf.mul(tf.add(tf.erf(x as Tensor), 1), 0.5)],
    kernels: ["Erf", "HalvedSum"],
  },
  "other sums of an error function": {
    run: ({ x }) => [tf.mul(tf.add(tf.erf(x as Tensor), 1), 0.25)],
    kernels: ["Erf", "Add", "Multiply"],
  },
  "a bias": {
    run: ({ x, w, u }) => [tf.add(tf.matMul(x as Tensor, w as Tensor), u as Tensor)],
    kernels: ["AddProduct"],
  },
  "the bias of a large product": {
    run: ({ l, t, b }) => [tf.add(tf.matMul(l as Tensor, t as Tensor), b as Tensor)],
    kernels: ["BatchMatMul", "Add"],
  },
  "a product that is added to another": {
    run: ({ x, w }) => [
      tf.add(tf.matMul(x as Tensor, w as Tensor), tf.matMul(tf.exp(x as Tensor), w as Tensor)),
    ],
    kernels: ["Exp", "BatchMatMul", "AddProduct"],
  },
  "a product that is read before its bias": {
    run: ({ x, w, u }) => {
      const product = tf.matMul(x as Tensor, w as Tensor);
      return [product, tf.add(product, u as Tensor)];
    },
    kernels: ["BatchMatMul", "Add"],
  },
  "a value for each row is no bias": {
    run: ({ x, w, r }) => [tf.add(tf.matMul(x as Tensor, w as Tensor), r as Tensor)],
    kernels: ["BatchMatMul", "Add"],
  },
  "products of which one operand lies transposed": {
    run: ({ q, k }) => [tf.matMul(q as Tensor, k as Tensor, false, true)],
    kernels: ["FusedProduct"],
  },
  "a gradient of attention, whose axes are turned around a product": {
    run: ({ s, h }) => [turned(tf.matMul(s as Tensor, turned(h as Tensor), true))],
    kernels: ["Transpose", "BatchMatMul", "Transpose"],
  },
  "such a product that is read before its axes are turned": {
    run: ({ s, h }) => {
      const product = tf.matMul(s as Tensor, turned(h as Tensor), true);
      return [product, turned(product)];
    },
    kernels: ["Transpose", "FusedProduct", "Transpose"],
  },
};
const shapes = {
  x: [5, 4],
  v: [4],
  w: [4, 4],
  u: [4],
  r: [5, 1],
  q: [2, 3, 4, 2],
  k: [2, 3, 5, 2],
  s: [2, 3, 4, 5],
  h: [2, 4, 3, 2],
  l: [512, 2],
  t: [2, 512],
  b: [512],
};

for (const [name, { run, kernels }] of Object.entries(cases))
  test(`${name}: ${kernels.join(", ")}`, async () => {
    assert.deepEqual(kernelsOf(fuse(optimise(traced(shapes, run)))), kernels);
    const inputs = Object.fromEntries(
      Object.entries(shapes).map(([input, shape], i) => [input, numbers(shape, i + 1)]),
    );
    await sameAsEager(inputs, run, { threads: [1, 2] });
  });
