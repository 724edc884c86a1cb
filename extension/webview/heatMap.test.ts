import assert from "node:assert/strict";
import { test } from "node:test";
import { heatMapOf } from "./heatMap.ts";

const run = (temperature: number, weight: number, accuracy: number) => ({
  metrics: { "validation.accuracy": accuracy },
  parameters: { temperature, weight },
});
const grid = [run(2, 0.5, 0.9), run(2, 0.9, 0.8), run(4, 0.5, 0.7), run(4, 0.9, 0.6), run(4, 0.9, 0.8)];

test("two numbers that vary span a grid; runs of the same cell are averaged", () => {
  const map = heatMapOf(grid, ["temperature", "weight", "seed"]);
  assert.deepEqual(map?.rows, [2, 4]);
  assert.deepEqual(map?.columns, [0.5, 0.9]);
  assert.deepEqual(
    map?.cells.map((row) => row.map((value) => value?.mean.toFixed(2))),
    [
      ["0.90", "0.80"],
      ["0.70", "0.70"],
    ],
  );
});

test("a cell that did not run is empty", () => {
  const map = heatMapOf([...grid, run(8, 0.5, 0.5)], ["temperature", "weight"]);
  assert.deepEqual(map?.cells[2], [{ mean: 0.5, count: 1 }, undefined]);
});

test("one parameter, three, or too few runs are no grid", () => {
  assert.equal(heatMapOf(grid, ["temperature"]), undefined);
  assert.equal(heatMapOf(grid, ["temperature", "weight", "optimizer.type"]), undefined);
  assert.equal(heatMapOf(grid.slice(0, 3), ["temperature", "weight"]), undefined);
});

test("runs of a cell say how far they are apart", () => {
  // 0.6 and 0.8: mean 0.7, deviation √(2 · 0.1² / 1).
  const cell = heatMapOf(grid, ["temperature", "weight"])?.cells[1]?.[1];
  assert.equal(cell?.count, 2);
  assert.ok(Math.abs((cell?.std ?? 0) - 0.1 * Math.SQRT2) < 1e-12);
});

test("validation is drawn, whatever the test split says; the test split only where there is no other", () => {
  const both = grid.map((run) => ({ ...run, metrics: { ...run.metrics, "test.accuracy": 0.1 } }));
  assert.equal(heatMapOf(both, ["temperature", "weight"])?.metric, "validation.accuracy");
  const blind = grid.map((run) => ({ ...run, metrics: { "test.accuracy": 0.1 } }));
  assert.equal(heatMapOf(blind, ["temperature", "weight"])?.metric, "test.accuracy");
});

test("words span a grid too, in the order in which they come", () => {
  const runs = ["sgd", "adam", "lion"].flatMap((type) =>
    [10, 2].map((epochs) => ({ metrics: { "test.accuracy": epochs / 10 }, parameters: { type, epochs } })),
  );
  const map = heatMapOf(runs, ["type", "epochs"]);
  assert.deepEqual(
    [map?.rows, map?.columns],
    [
      ["sgd", "adam", "lion"],
      [2, 10],
    ],
  );
});
