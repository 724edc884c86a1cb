import assert from "node:assert/strict";
import { test } from "node:test";
import type { InspectQuery } from "../protocol.ts";
import type { SplitAnswers } from "../statistics/splitAnswers.ts";
import { metricsAccumulator } from "../tasks/classificationMetrics.ts";
import { classInspector } from "./classInspector.ts";
import { rowsInOrder, setSizes } from "./inspector.ts";

const answers = {
  split: "test" as const,
  samples: "abc",
  classes: 3,
  labels: Int32Array.of(0, 1, 2, -1, 0),
  answers: {
    student: Int32Array.of(0, 2, 2, 1, 2),
    studentAlone: Int32Array.of(1, 1, 2, 1, 0),
    teacher: Int32Array.of(0, 1, 2, 0, 2),
  },
  confidence: { student: Float32Array.of(0.5, 0.9, Number.NaN, 0.4, 0.7) },
};

const sizesOf = (given: SplitAnswers) =>
  setSizes(classInspector(given, undefined).sets(), given.labels.length);

function rowsOf(given: SplitAnswers, { show, cell, order }: Pick<InspectQuery, "show" | "cell" | "order">) {
  const inspector = classInspector(given, undefined);
  const holds = cell ? inspector.inCell(cell) : inspector.sets()[show];
  const rank = inspector.ranks(cell ? { cell } : {})[order];
  return rowsInOrder(given.labels.length, { holds: holds ?? assert.fail(), rank });
}

function reliabilityOf(given: SplitAnswers, network: string) {
  const { overview } = classInspector(given, undefined);
  return overview.task === "classification" ? overview.reliability[network] : assert.fail();
}

test("sets are of what the networks say; a sample without a label is wrong for nobody", () => {
  assert.deepEqual(sizesOf(answers), { disagreements: 2, helped: 1, harmed: 2, wrong: 2, all: 5 });
  const { student } = answers.answers;
  assert.deepEqual(sizesOf({ ...answers, answers: { student } }), { wrong: 2, all: 5 });
});

test("samples are in the order of the student's probability, or the cell's network's, else of their number", () => {
  for (const [query, rows] of [
    [{ show: "all", order: "sure" }, [1, 4, 0, 3, 2]],
    [{ show: "all", order: "unsure" }, [2, 3, 0, 4, 1]],
    [{ show: "wrong", order: "sure" }, [1, 4]],
    [{ show: "harmed", order: "number" }, [1, 4]],
    [{ show: "all", order: "sure", cell: { network: "student", label: 2, predicted: 2 } }, [2]],
    [{ show: "all", order: "sure", cell: { network: "teacher", label: 0, predicted: 2 } }, [4]],
  ] as const)
    assert.deepEqual([...rowsOf(answers, query)], rows, JSON.stringify(query));
  const count = 200_000;
  const sure = Float32Array.from({ length: count }, (_, k) => ((k * 7919) % count) / count);
  const zeros = new Int32Array(count);
  const many = { ...answers, labels: zeros, answers: { student: zeros }, confidence: { student: sure } };
  const rows = rowsOf(many, { show: "all", order: "sure" });
  const inOrder = rows.every(
    (row, i) => i === 0 || (sure[rows[i - 1] as number] as number) >= (sure[row] as number),
  );
  assert.ok(inOrder && new Set(rows).size === count);
});

test("the bins of the reliability diagram come to the calibration error", () => {
  const count = 200;
  const logits = Float32Array.from({ length: count * 3 }, (_, k) => 3 * Math.sin(k * k));
  const labels = Int32Array.from({ length: count }, (_, k) => k % 3);
  const metrics = metricsAccumulator(3);
  const student = metrics.add({ logits, labels });
  const probability = (k: number) => {
    const own = logits.subarray(3 * k, 3 * k + 3).map(Math.exp);
    return Math.max(...own) / own.reduce((sum, value) => sum + value, 0);
  };
  const confidence = { student: Float32Array.from(labels, (_, k) => probability(k)) };
  const bins = reliabilityOf({ ...answers, labels, answers: { student }, confidence }, "student");
  const ece = (bins ?? assert.fail()).reduce(
    (sum, bin) => sum + (bin.samples / count) * Math.abs(bin.accuracy - bin.confidence),
    0,
  );
  assert.ok(Math.abs(ece - metrics.result().metrics.ece) < 1e-6);
  assert.equal(reliabilityOf(answers, "teacher"), undefined);
});
