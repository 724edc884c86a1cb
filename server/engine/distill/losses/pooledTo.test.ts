import assert from "node:assert/strict";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { setBackend, tensor4d, tidy } from "@tensorflow/tfjs-core";
import { pooledTo } from "./pooledTo.ts";

test.before(() => setBackend("cpu"));

const [batch, channels] = [2, 3];
const valueAt = (b: number, y: number, x: number, c: number) => Math.sin(97 * b + 31 * y + 7 * x + c);

/** The mean over what place i of m covers of n, each way. */
function averaged([h, w]: readonly number[], [height, width]: readonly number[]): number[] {
  const covered = (n = 1, m = 1) =>
    Array.from({ length: m }, (_, i) => {
      const [from, to] = [Math.floor((i * n) / m), Math.ceil(((i + 1) * n) / m)];
      return Array.from({ length: to - from }, (_, k) => from + k);
    });
  return Array.from({ length: batch }, (_, b) =>
    covered(h, height).map((ys) =>
      covered(w, width).map((xs) =>
        Array.from({ length: channels }, (_, c) => {
          const values = ys.flatMap((y) => xs.map((x) => valueAt(b, y, x, c)));
          return values.reduce((sum, value) => sum + value, 0) / values.length;
        }),
      ),
    ),
  ).flat(3);
}

for (const [from, to] of [
  [
    [4, 6],
    [4, 6],
  ],
  [
    [4, 6],
    [4, 3],
  ],
  [
    [4, 6],
    [2, 6],
  ],
  [
    [4, 6],
    [2, 3],
  ],
  [
    [4, 5],
    [2, 3],
  ],
  [
    [5, 4],
    [3, 2],
  ],
  [
    [7, 5],
    [4, 3],
  ],
] as const)
  test(`a map of ${from.join(" × ")} pooled to ${to.join(" × ")} is PyTorch's adaptive average`, () => {
    const [h, w] = from;
    const values = averaged(from, from);
    const found = tidy(() => {
      const pooled = pooledTo(tensor4d(values, [batch, h, w, channels]), to);
      assert.deepEqual(pooled.shape, [batch, ...to, channels]);
      return pooled.dataSync();
    });
    averaged(from, to).forEach((expected, i) => {
      assert.ok(Math.abs((found[i] as number) - expected) < 1e-6, `${i}: ${found[i]} and ${expected}`);
    });
  });
