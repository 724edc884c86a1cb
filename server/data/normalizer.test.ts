import assert from "node:assert/strict";
import { test } from "node:test";
import { byteLanes } from "./byteLanes.ts";
import { identityNormalize, type ResolvedNormalize } from "./normalize.ts";
import { toNormalizer } from "./normalizer.ts";

const imagenet = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** No two float32 give every byte. */
const inexact = { scale: 1 / 342, mean: [0.48857142857142855], std: [0.48] };
const cases: readonly (readonly [normalize: ResolvedNormalize, channels: number])[] = [
  [identityNormalize, 1],
  [{ scale: 1 / 255, mean: [0], std: [1] }, 3],
  [{ scale: 1 / 255, mean: [0.1307], std: [0.3081] }, 1],
  [imagenet, 3],
  [{ scale: -2, mean: [1, 2, 3, 4, 5], std: [1, 0.1, 3, 7, -2] }, 5],
  [inexact, 1],
  [{ scale: 1, mean: Array.from({ length: 130 }, (_, c) => c / 7), std: [3] }, 130], // too many for lanes
];

test("rows and stretches of any length have the bits of the formula, sixteen bytes at a time and one by one", () => {
  for (const [normalize, channels] of cases) {
    const { scale, mean, std } = normalize;
    // Rows that are copied one by one, several together, and in pieces.
    for (const size of [1, 260, Math.ceil(40_000 / channels)].map((count) => count * channels)) {
      const bytes = Uint8Array.from({ length: 5 * size }, (_, i) => (i * 197) >> 2);
      for (const from of [bytes, Float32Array.from(bytes)]) {
        const expected = Float32Array.from(
          bytes,
          (x, i) => (x * scale - (mean[i % mean.length] ?? 0)) / (std[i % std.length] ?? 1),
        );
        const { rows, stretch } = toNormalizer(normalize, channels);
        const places = Array.from({ length: Math.min(90, Math.ceil(90_000 / size)) }, (_, i) => (i * 3) % 5);
        const out = new Float32Array(places.length * size + 1).fill(7);
        rows(from, places, size, out);
        for (const [i, row] of places.entries())
          sameBits(out.subarray(i * size, (i + 1) * size), expected.subarray(row * size, (row + 1) * size));
        assert.equal(out.at(-1), 7);
        const whole = new Float32Array(4 * size + 2).fill(7);
        stretch(from, size, 4 * size, whole, 1);
        sameBits(whole.subarray(1, -1), expected.subarray(size));
        assert.deepEqual([whole[0], whole.at(-1)], [7, 7]);
      }
    }
  }
});

test("common normalisations are computed sixteen bytes at a time, and none that would have other bits", () => {
  for (const [normalize, channels] of cases.slice(0, 5)) assert.ok(byteLanes(normalize, channels));
  assert.equal(byteLanes(inexact, 1), undefined);
  const [normalize, channels] = cases[6] as (typeof cases)[number];
  assert.equal(byteLanes(normalize, channels), undefined);
});

function sameBits(actual: Float32Array, expected: Float32Array): void {
  const at = expected.findIndex((value, i) => !Object.is(actual[i], value));
  if (at >= 0 || actual.length !== expected.length)
    assert.fail(`${at}: ${actual[at]} instead of ${expected[at]}`);
}
