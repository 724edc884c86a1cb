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
    map?.cells.map((row) => row.map((value) => value?.toFixed(2))),
    [
      ["0.90", "0.80"],
      ["0.70", "0.70"],
    ],
  );
});

test("a cell that did not run is empty", () => {
  const map = heatMapOf([...grid, run(8, 0.5, 0.5)], ["temperature", "weight"]);
  assert.deepEqual(map?.cells[2], [0.5, undefined]);
});

test("one parameter, three, or too few runs are no grid", () => {
  assert.equal(heatMapOf(grid, ["temperature"]), undefined);
  assert.equal(heatMapOf(grid, ["temperature", "weight", "optimizer.type"]), undefined);
  assert.equal(heatMapOf(grid.slice(0, 3), ["temperature", "weight"]), undefined);
});
