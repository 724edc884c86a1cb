import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { binomial } from "./binomial.ts";
import { briefDifference } from "./differenceText.ts";
import { meanInterval, studentT } from "./meanInterval.ts";
import { isShown, mcnemar, pairedBootstrap, pairedDifference } from "./pairedDifference.ts";

/** Results of SciPy and statsmodels: generate.py in that folder. */
interface Golden {
  readonly studentT: readonly (readonly [freedom: number, t: number])[];
  readonly binomial: readonly (readonly [count: number, share: number, at: number, probability: number])[];
  readonly paired: readonly {
    readonly samples: number;
    readonly b: number;
    readonly c: number;
    readonly bootstrap: readonly [number, number];
    readonly standardError: number;
    readonly p: number;
    readonly statsmodels: number;
  }[];
  readonly means: readonly {
    readonly values: readonly number[];
    readonly interval: readonly [number, number];
  }[];
}

const golden: Golden = JSON.parse(
  await readFile(new URL("../../test/fixtures/statistics/statistics.json", import.meta.url), "utf8"),
);

const isNear = (found: number | undefined, expected: number, allowed: number, what = "") =>
  assert.ok(Math.abs((found ?? Number.NaN) - expected) <= allowed, `${what}: ${found} and ${expected}`);

test("Student's t is SciPy's", () => {
  for (const [freedom, t] of golden.studentT) isNear(studentT(0.95, freedom), t, 1e-11 * t, `${freedom}`);
});

test("the interval of a mean is SciPy's", () => {
  for (const { values, interval } of golden.means) {
    const found = meanInterval(values);
    interval.forEach((end, i) => void isNear(found?.[i], end, 1e-11 * (1 + Math.abs(end)), `${values}`));
  }
  assert.equal(meanInterval([0.5]), undefined);
  assert.deepEqual(meanInterval([0.5, 0.5]), [0.5, 0.5]);
});

test("the binomial distribution is SciPy's, and whole", () => {
  for (const [count, share, at, probability] of golden.binomial) {
    const { first, probabilities } = binomial(count, share);
    // A recurrence over √n steps accumulates their rounding errors.
    isNear(probabilities[at - first], probability, 1e-11 * probability, `${count}, ${share}`);
    isNear(
      probabilities.reduce((sum, value) => sum + value, 0),
      1,
      1e-12,
    );
  }
  assert.deepEqual(binomial(5, 0), { first: 0, probabilities: [1] });
  assert.deepEqual(binomial(5, 1), { first: 5, probabilities: [1] });
});

test("McNemar's p is that of SciPy's binomial test and of statsmodels' exact one", () => {
  for (const { b, c, p, statsmodels } of golden.paired) {
    isNear(mcnemar(b, c), p, 1e-10 * p, `${b} : ${c}`);
    isNear(mcnemar(b, c), statsmodels, 1e-10 * statsmodels, `${b} : ${c}`);
    assert.equal(mcnemar(c, b), mcnemar(b, c));
  }
  assert.equal(mcnemar(0, 0), 1);
});

test("the paired bootstrap is what SciPy's drawings tend to", () => {
  for (const { bootstrap, standardError, ...counts } of golden.paired) {
    const found = pairedBootstrap(counts);
    // A percentile of 20,000 draws deviates by √(0.025 · 0.975 / 20000) / (density there · σ) = 0.019 σ; and counts are
    // whole numbers.
    const allowed = 4 * 0.019 * standardError + 1 / counts.samples;
    bootstrap.forEach((end, i) => void isNear(found[i], end, allowed, JSON.stringify(counts)));
  }
});

test("a difference turns over with the two, and who is right on both counts for neither", () => {
  const labels = [0, 1, 2, 1, 0, 2, 1, 1];
  const first = [0, 1, 2, 1, 0, 2, 1, 0];
  const second = [0, 1, 2, 0, 1, 1, 0, 0];
  const there = pairedDifference(labels, first, second);
  assert.deepEqual([there.samples, there.difference], [8, 0.5]);
  assert.deepEqual(there.mcnemar, { b: 4, c: 0, p: 0.125 });
  const back = pairedDifference(labels, second, first);
  assert.deepEqual([back.difference, back.mcnemar.b, back.mcnemar.c], [-0.5, 0, 4]);
  assert.deepEqual(back.interval, [-there.interval[1], -there.interval[0]]);
});

test("samples without a label are not counted, and equal answers differ by nothing", () => {
  const some = pairedDifference([0, -1, 1, -1], [0, 0, 1, -1], [1, 1, 1, 0]);
  assert.deepEqual([some.samples, some.difference, some.mcnemar.b], [2, 0.5, 1]);
  const { interval, mcnemar } = pairedDifference([0, 1], [0, 0], [0, 0]);
  assert.deepEqual([interval, mcnemar], [[0, 0], { b: 0, c: 0, p: 1 }]);
});

test("a difference is shown where both the interval and McNemar's p say so", () => {
  const of = (b: number, c: number) =>
    isShown({
      samples: 100,
      difference: (b - c) / 100,
      interval: pairedBootstrap({ samples: 100, b, c }),
      mcnemar: { b, c, p: mcnemar(b, c) },
    });
  assert.equal(of(4, 0), false, "four samples, whatever the bootstrap says");
  assert.ok(pairedBootstrap({ samples: 100, b: 4, c: 0 })[0] > 0);
  assert.deepEqual([of(6, 0), of(0, 6), of(20, 5), of(12, 10), of(0, 0)], [true, true, true, false, false]);
});

test("in a table a difference has its interval and its split, or is said to be none that the split can show", () => {
  const of = (b: number, c: number) => {
    const counts = { samples: 100, b, c };
    const interval = pairedBootstrap(counts);
    return { samples: 100, difference: (b - c) / 100, interval, mcnemar: { b, c, p: mcnemar(b, c) } };
  };
  assert.match(briefDifference(of(20, 5), "test"), /^\+15\.00 \[\+\d+\.00, \+\d+\.00\] points on test$/);
  assert.match(
    briefDifference(of(12, 10), "validation"),
    /^no difference that this validation set can show \[−\d+\.00, \+\d+\.00\]$/,
  );
});
