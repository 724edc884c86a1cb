import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  below,
  fillNormal,
  fillUniform,
  generator,
  permutation,
  philox,
  uniform,
  xoshiro128,
} from "./random.ts";

test("Philox-4x32-10 gives the known answers of Random123's kat_vectors", () => {
  const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, "0")).join(" ");
  assert.equal(hex(philox([0, 0, 0, 0], [0, 0])), "6627e8d5 e169c58d bc57ac4c 9b00dbd8");
  const ones = 0xffffffff;
  assert.equal(hex(philox([ones, ones, ones, ones], [ones, ones])), "408f276d 41c83b0e a20bc7c6 6d5451fd");
  assert.equal(
    hex(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    "d16cfe09 94fdcceb 5001e420 24126ea1",
  );
});

test("xoshiro128** gives the output of the reference code for the state 1 2 3 4", () => {
  const next = xoshiro128([1, 2, 3, 4]);
  assert.deepEqual(
    Array.from({ length: 10 }, next),
    [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
  );
});

test("fillUniform is the generator of the same key, cut to 24 bits", () => {
  const key = { seed: 7, step: 3, use: "dropout.dense_1" };
  const out = new Float32Array(100);
  fillUniform(out, key);
  const next = generator(key);
  assert.deepEqual(
    Array.from(out),
    Array.from(out, () => (next() >>> 8) / 2 ** 24),
  );
});

test("seed, step, use and item each change what is drawn", () => {
  const key = { seed: 0, step: 0, use: "a" };
  const draw = (changed: Partial<typeof key>, item = 0) => generator({ ...key, ...changed }, item)();
  const drawn = [draw({}), draw({ seed: 1 }), draw({ seed: 2 ** 32 }), draw({ seed: -1 }), draw({ step: 1 })];
  assert.equal(new Set([...drawn, draw({ use: "b" }), draw({}, 1)]).size, 7);
  assert.equal(draw({}), draw({}));
});

test("uniform numbers of neighbouring keys look uniform and independent", () => {
  const [a, b] = [new Float32Array(100_000), new Float32Array(100_000)];
  fillUniform(a, { seed: 0, step: 0, use: "x" });
  fillUniform(b, { seed: 0, step: 1, use: "x" });
  const bins = new Array<number>(100).fill(0);
  let product = 0;
  a.forEach((value, i) => {
    assert.ok(value >= 0 && value < 1);
    const bin = Math.floor(value * 100);
    bins[bin] = (bins[bin] ?? 0) + 1;
    product += (value - 0.5) * ((b[i] as number) - 0.5);
  });
  // χ² with 99 degrees of freedom: mean 99, standard deviation √198 ≈ 14; 5 of them either way.
  const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(Math.abs(chiSquare - 99) < 70, `χ² = ${chiSquare}`);
  // The mean product has the standard deviation (1/12) / √n ≈ 0.00026.
  assert.ok(Math.abs(product / a.length) < 5 * 0.00027, `covariance = ${product / a.length}`);
});

test("normal numbers have the moments of the normal distribution", () => {
  const out = new Float32Array(200_001);
  fillNormal(out, { seed: 5, step: 0, use: "noise" });
  const moment = (power: number) => out.reduce((sum, value) => sum + value ** power, 0) / out.length;
  // Five standard errors: √(1/n), √(2/n), √(15/n), √(96/n).
  assert.ok(Math.abs(moment(1)) < 5 * 0.0023);
  assert.ok(Math.abs(moment(2) - 1) < 5 * 0.0032);
  assert.ok(Math.abs(moment(3)) < 5 * 0.0087);
  assert.ok(Math.abs(moment(4) - 3) < 5 * 0.022);
  assert.ok(out.every(Number.isFinite));
});

test("normal numbers fall between any two bounds as often as the normal distribution says", () => {
  const out = new Float32Array(1_000_000);
  fillNormal(out, { seed: 8, step: 0, use: "noise" });
  // Φ at the bounds, from tables; the last two are in the tail beyond the ziggurat's last edge, 3.4426.
  const cumulative = [
    [-3.6, 0.0001591],
    [-3.4, 0.0003369],
    [-2, 0.0227501],
    [-1, 0.1586553],
    [-0.25, 0.4012937],
    [0, 0.5],
    [0.5, 0.6914625],
    [1.5, 0.9331928],
    [3, 0.9986501],
    [3.5, 0.9997674],
    [4, 0.9999683],
  ] as const;
  for (const [bound, probability] of cumulative) {
    const share = out.reduce((count, value) => count + (value < bound ? 1 : 0), 0) / out.length;
    const deviation = Math.sqrt((probability * (1 - probability)) / out.length);
    assert.ok(
      Math.abs(share - probability) < 5 * deviation,
      `below ${bound}: ${share}, expected ${probability}`,
    );
  }
});

test("a permutation holds every number once and differs by step", () => {
  fc.assert(
    fc.property(fc.nat(300), fc.integer(), (count, seed) => {
      const order = permutation(count, { seed, step: 0, use: "order" });
      assert.deepEqual(
        Array.from(order).sort((a, b) => a - b),
        Array.from({ length: count }, (_, i) => i),
      );
    }),
  );
  const at = (step: number) => permutation(100, { seed: 0, step, use: "order" }).join();
  assert.notEqual(at(0), at(1));
});

test("every place of a permutation is equally likely", () => {
  const counts = new Int32Array(9);
  for (let step = 0; step < 9000; step++) {
    permutation(3, { seed: 0, step, use: "order" }).forEach((value, place) => {
      counts[place * 3 + value] = (counts[place * 3 + value] ?? 0) + 1;
    });
  }
  // Each of the 9 is binomial(9000, 1/3): 3000 ± 45.
  for (const count of counts) assert.ok(Math.abs(count - 3000) < 5 * 45, `${counts}`);
});

test("below stays below its bound at the ends of the generator's range", () => {
  assert.equal(
    below(2 ** 31, () => 0xffffffff),
    2 ** 31 - 1,
  );
  assert.equal(
    below(10, () => 0),
    0,
  );
  assert.ok(uniform(() => 0xffffffff) < 1);
});
