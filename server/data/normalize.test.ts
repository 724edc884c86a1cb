import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blankOf, fitNormalize, renormalize, resolveNormalize } from "./normalize.ts";
import { isProblem } from "./problem.ts";
import { fillBatch } from "./samples.ts";
import { valuesInMemory } from "./sampleValues.ts";

const finite = fc.double({ min: -10, max: 10, noNaN: true });
const deviation = fc.double({ min: 0.01, max: 10, noNaN: true });

test("defaults leave values as they are; one value serves all channels", () => {
  assert.deepEqual(resolveNormalize({}, 3, "f"), { scale: 1, mean: [0], std: [1] });
  assert.deepEqual(resolveNormalize({ scale: 2, mean: [1, 2, 3], std: 4 }, 3, "f"), {
    scale: 2,
    mean: [1, 2, 3],
    std: [4],
  });
});

test("a list of another length than the channels is a problem", () => {
  const problem = resolveNormalize({ std: [1, 2] }, 3, "x.distill.json");
  assert.ok(isProblem(problem));
  assert.deepEqual([problem.code, problem.expected, problem.found], ["normalize-channels", 3, 2]);
});

test("bytes and floats of equal value are normalised to equal bits, by the formula", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      finite,
      fc.array(finite, { minLength: 3, maxLength: 3 }),
      fc.oneof(fc.tuple(deviation), fc.tuple(deviation, deviation, deviation)),
      (bytes, scale, mean, std) => {
        const shape = [2, 1, 3];
        const normalize = { scale, mean, std };
        const [a, b] = [new Float32Array(12), new Float32Array(12)];
        fillBatch({ shape, values: valuesInMemory(bytes, 6) }, [1, 0], normalize, a);
        fillBatch({ shape, values: valuesInMemory(Float32Array.from(bytes), 6) }, [1, 0], normalize, b);
        assert.deepEqual(a, b);
        const expected = Float32Array.from(
          bytes,
          (x, i) => (x * scale - (mean[i % 3] ?? 0)) / (std[i % std.length] ?? 1),
        );
        assert.deepEqual(Array.from(a), [...expected.subarray(6), ...expected.subarray(0, 6)]);
      },
    ),
  );
});

test("fit gives mean and deviation of each channel over all samples", () => {
  // Channel 0: 1, 3, 5, 7: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5. Channel 1 never changes.
  const storage = Float32Array.of(1, 2, 3, 2, 5, 2, 7, 2);
  assert.deepEqual(fitNormalize({ shape: [2, 1, 2], values: valuesInMemory(storage, 4) }), {
    scale: 1,
    mean: [4, 2],
    std: [Math.sqrt(5), 1],
  });
});

test("fit keeps its digits beside a large offset", () => {
  const storage = Float32Array.from({ length: 1000 }, (_, i) => 16_000_000 + (i % 2));
  const { mean, std } = fitNormalize({ shape: [1], values: valuesInMemory(storage, 1) });
  assert.deepEqual([mean, std], [[16_000_000.5], [0.5]]);
});

test("blank is what a raw zero becomes", () => {
  assert.deepEqual(blankOf({ scale: 1 / 255, mean: [0.5], std: [0.25] }, 2), Float32Array.of(-2, -2));
});

test("renormalize is the same as normalising the raw values the other way", () => {
  const raw = Float32Array.of(0, 10, 200, 255);
  const from = { scale: 1 / 255, mean: [0.1307], std: [0.3081] };
  const to = { scale: 1, mean: [127, 100], std: [50, 2] };
  const [values, expected] = [new Float32Array(4), new Float32Array(4)];
  fillBatch({ shape: [2], values: valuesInMemory(raw, 2) }, [0, 1], from, values);
  fillBatch({ shape: [2], values: valuesInMemory(raw, 2) }, [0, 1], to, expected);
  renormalize(values, { from, to, channels: 2, out: values });
  // A value of up to 78 came through float32 and a factor of up to 39: relative 1e-6 of the largest.
  values.forEach((value, i) => {
    assert.ok(Math.abs(value - (expected[i] as number)) < 1e-4, `${value} ${expected[i]}`);
  });
});
