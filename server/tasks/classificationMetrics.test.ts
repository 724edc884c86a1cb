import assert from "node:assert/strict";
import { test } from "node:test";
import { metricsAccumulator } from "./classificationMetrics.ts";
import type { Predictions } from "./task.ts";

/** Metrics of one set of predictions. */
function measureLogits({ classes, ...predictions }: Predictions & { readonly classes: number }) {
  const accumulator = metricsAccumulator(classes);
  accumulator.add(predictions);
  return accumulator.result();
}

test("a perfect and a confident wrong prediction", () => {
  const { metrics, confusion } = measureLogits({
    logits: Float32Array.of(100, 0, 100, 0),
    labels: [0, 1],
    teacher: Float32Array.of(1, 0, 0, 1),
    classes: 2,
  });
  assert.deepEqual(confusion, [
    [1, 0],
    [1, 0],
  ]);
  // Confidence 1 in both, half of them right; F1 of class 0 is 2 / 3, of class 1 it is 0.
  assert.deepEqual(metrics, {
    accuracy: 0.5,
    top5: 1,
    nll: 50,
    ece: 0.5,
    brier: 1,
    macroF1: 1 / 3,
    macroF1AllClasses: 1 / 3,
    agreement: 0.5,
  });
});

test("equal logits: the first class is predicted, and the fifth is the last that counts", () => {
  const { metrics, confusion } = measureLogits({
    logits: new Float32Array(14),
    labels: [4, 5],
    classes: 7,
  });
  assert.deepEqual([confusion?.[4]?.[0], confusion?.[5]?.[0]], [1, 1]);
  assert.equal(metrics.accuracy, 0);
  assert.equal(metrics.top5, 0.5);
  assert.ok(Math.abs(metrics.nll - Math.log(7)) < 1e-12);
  const ties = metricsAccumulator(3);
  const answers = ties.add({ logits: Float32Array.of(1, 1, 1, 0, 2, 2), labels: [0, 2] });
  assert.deepEqual(answers, Int32Array.of(0, 1));
  assert.equal(ties.result().metrics.accuracy, 0.5);
});

test("of equal logits behind a smaller one the first is predicted, by the teacher too", () => {
  const { metrics, confusion } = measureLogits({
    logits: Float32Array.of(0, 2, 2),
    labels: [1],
    teacher: Float32Array.of(0, 5, 5),
    classes: 3,
  });
  assert.deepEqual(confusion?.[1], [0, 1, 0]);
  assert.equal(metrics.agreement, 1);
});

test("without a teacher there is no agreement", () => {
  assert.ok(
    !("agreement" in measureLogits({ logits: new Float32Array(2), labels: [0], classes: 2 }).metrics),
  );
});

test("logits that are not numbers make metrics that are not numbers, and no exception", () => {
  const { metrics } = measureLogits({
    logits: new Float32Array(7).fill(Number.NaN),
    labels: [1],
    classes: 7,
  });
  assert.ok(Number.isNaN(metrics.nll) && Number.isNaN(metrics.brier) && Number.isNaN(metrics.ece));
  assert.equal(metrics.top5, 0);
  // Of so few classes each label is among the first five.
  const few = measureLogits({ logits: new Float32Array(4).fill(Number.NaN), labels: [1], classes: 4 });
  assert.equal(few.metrics.top5, 1);
});

test("what does not fit together is an error", () => {
  const { add } = metricsAccumulator(3);
  assert.throws(
    () => add({ logits: new Float32Array(5), labels: [0, 1] }),
    /Expected 2 × 3 logits, found 5$/,
  );
  assert.throws(
    () => add({ logits: new Float32Array(6), teacher: new Float32Array(5), labels: [0, 1] }),
    /Expected 2 × 3 logits, found 6 \(and 5 of the teacher\)$/,
  );
  assert.throws(() => add({ logits: new Float32Array(3), labels: [-1] }), /label -1 is outside of 3 classes/);
  assert.throws(() => add({ logits: new Float32Array(3), labels: [3] }), /label 3 is outside of 3 classes/);
});

test("of more than a thousand classes there is no matrix, and all metrics", () => {
  const classes = 1001;
  const logits = new Float32Array(3 * classes);
  // Predictions 7, 7 and 1000 for the labels 7, 8 and 1000: F1 is 2 / 3, 0 and 1.
  for (const [sample, predicted] of [7, 7, 1000].entries()) logits[sample * classes + predicted] = 9;
  const { metrics, confusion } = measureLogits({ logits, labels: [7, 8, 1000], classes });
  assert.equal(confusion, undefined);
  assert.ok(Math.abs(metrics.macroF1 - 5 / 9) < 1e-12);
  assert.ok(Math.abs(metrics.macroF1AllClasses - 5 / 3 / classes) < 1e-12);
  const fewer = measureLogits({ logits: logits.subarray(0, 1000), labels: [7], classes: 1000 });
  assert.equal(fewer.confusion?.length, 1000);
});
