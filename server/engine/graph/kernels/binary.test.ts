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
} from "../../../../test/support/againstEager.ts";

type Binary = (a: Tensor, b: Tensor) => Tensor;

const shapes: readonly (readonly [readonly number[], readonly number[], readonly number[]])[] = [
  [
    [3, 4],
    [3, 4],
    [3, 4],
  ],
  [[3, 4], [4], [3, 4]],
  [
    [3, 1],
    [1, 4],
    [3, 4],
  ],
  [[], [2, 3], [2, 3]],
  [
    [2, 1, 3],
    [5, 1],
    [2, 5, 3],
  ],
  [[1], [1, 1], [1, 1]],
];

const arithmetic: Readonly<Record<string, Binary>> = {
  Add: tf.add,
  Sub: tf.sub,
  Multiply: tf.mul,
  RealDiv: tf.div,
  Maximum: tf.maximum,
  Minimum: tf.minimum,
  SquaredDifference: tf.squaredDifference,
  Atan2: tf.atan2,
  Mod: tf.mod,
};

for (const [name, run] of Object.entries(arithmetic))
  test(`${name} and its gradient are the same compiled, broadcast or not`, async () => {
    for (const [a, b, out] of shapes) {
      const inputs = { a: numbers(a, 1), b: numbers(b, 2) };
      await sameAsEager(inputs, ({ a, b }) => run(a as Tensor, b as Tensor), { threads: [1, 2] });
      // tfjs's own gradients of these do not sum over broadcast axes.
      if (["Maximum", "Minimum", "SquaredDifference", "Mod"].includes(name) && a.join() !== b.join())
        continue;
      // tfjs's own gradient of Mod fails for broadcast operands
      await sameGradients(inputs, ["a", "b"], ({ a, b }) => run(a as Tensor, b as Tensor), { dy: out });
    }
  });

test("Pow and its gradient", async () => {
  for (const [a, b, out] of shapes)
    await sameGradients(
      { a: positives(a, 1), b: numbers(b, 2) },
      ["a", "b"],
      ({ a, b }) => tf.pow(a as Tensor, b as Tensor),
      { dy: out },
    );
});

test("Atan2 at the axes and the origin", () => {
  const [y, x] = [Float32Array.of(0, 0, 1, -1, 0, -2, 2), Float32Array.of(1, -1, 0, 0, 0, -1, -1)];
  const tensor = (data: Float32Array) => ({ shape: [7], dtype: "float32", data }) as const;
  return sameAsEager({ y: tensor(y), x: tensor(x) }, ({ y, x }) => tf.atan2(y as Tensor, x as Tensor));
});

test("integers: arithmetic, floor division and remainder keep Python's signs", () =>
  sameAsEager(
    { a: integers([6], [7, -7, 7, -7, 6, 0]), b: integers([6], [2, 2, -2, -2, 3, 5]) },
    ({ a, b }) => {
      const [m, n] = [a as Tensor, b as Tensor];
      return [
        tf.add(m, n),
        tf.sub(m, n),
        tf.mul(m, n),
        tf.floorDiv(m, n),
        tf.mod(m, n),
        tf.maximum(m, n),
        tf.minimum(m, n),
      ];
    },
    { threads: [1, 2] },
  ));

test("comparisons of floats, integers and flags", async () => {
  const compare = (a: Tensor, b: Tensor) => [
    tf.greater(a, b),
    tf.greaterEqual(a, b),
    tf.less(a, b),
    tf.lessEqual(a, b),
    tf.equal(a, b),
    tf.notEqual(a, b),
  ];
  const run = ({ a, b }: Readonly<Record<string, Tensor>>) => compare(a as Tensor, b as Tensor);
  await sameAsEager({ a: numbers([3, 4]), b: numbers([4], 2) }, run);
  await sameAsEager({ a: numbers([3, 4]), b: numbers([3, 4]) }, run);
  await sameAsEager({ a: integers([2, 4], [1, 2, 3]), b: integers([4], [2, 1]) }, run);
  await sameAsEager({ a: flags([5], 1), b: flags([5], 2) }, run);
  const special = {
    shape: [4],
    dtype: "float32",
    data: Float32Array.of(Number.NaN, Infinity, -Infinity, 0),
  } as const;
  await sameAsEager({ a: special, b: numbers([4]) }, run);
});

test("logical kernels", () =>
  sameAsEager({ a: flags([3, 4], 1), b: flags([4], 2) }, ({ a, b }) => [
    tf.logicalAnd(a as Tensor, b as Tensor),
    tf.logicalOr(a as Tensor, b as Tensor),
    tf.logicalXor(a as Tensor, b as Tensor),
  ]));

test("Select, element by element and by broadcast condition, and its gradient", async () => {
  for (const condition of [[3, 4], [4], []])
    await sameGradients(
      { condition: flags(condition), t: numbers([3, 4], 1), e: numbers([3, 4], 2) },
      ["t", "e"],
      ({ condition, t, e }) => tf.where(tf.cast(condition as Tensor, "bool"), t as Tensor, e as Tensor),
      { dy: [3, 4] },
    );
});

test("AddN and its gradient", () =>
  sameGradients(
    { a: numbers([3, 4], 1), b: numbers([3, 4], 2), c: numbers([3, 4], 3) },
    ["a", "b", "c"],
    ({ a, b, c }) => tf.addN([a as Tensor, b as Tensor, c as Tensor]),
    { dy: [3, 4] },
  ));

test("NaN and Infinity pass through arithmetic", () => {
  const special = Float32Array.of(Number.NaN, Infinity, -Infinity, 0, 1);
  return sameAsEager({ a: { shape: [5], dtype: "float32", data: special } }, ({ a }) => {
    const x = a as Tensor;
    return [
      tf.add(x, 1),
      tf.mul(x, 0),
      tf.mul(x, 1),
      tf.sub(x, x),
      tf.div(x, x),
      tf.exp(x),
      tf.maximum(x, 0),
    ];
  });
});

// TensorFlow knows a leaky ReLU in what is the maximum of a tensor and a multiple of it, also where the multiple is larger.
test("Maximum of a tensor and a multiple of it, however large", async () => {
  const inputs = { x: numbers([64, 9]) };
  for (const factor of [2, 0.5, -3])
    await sameAsEager(inputs, ({ x }) => tf.maximum(tf.mul(x as Tensor, factor), x as Tensor));
  await sameAsEager(inputs, ({ x }) => tf.maximum(x as Tensor, tf.add(x as Tensor, x as Tensor)));
});
