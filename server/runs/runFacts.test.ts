import assert from "node:assert/strict";
import { test } from "node:test";
import { engineRows } from "./runFacts.ts";

const manifest = {
  engine: "onnxruntime 1.30.0",
  device: "cpu",
  teacherReading: '"y" has a number for each class, taken as logits.',
  engineReason: "onnxruntime on the CPU: there is no NVIDIA card.",
  layout: "batch innermost: maps of up to 784 positions, batches of 64",
  threads: 2,
};

test("engine, why it was chosen, and how it holds tensors", () => {
  assert.deepEqual(engineRows(manifest), [
    ["engine", "onnxruntime 1.30.0, cpu"],
    ["chosen", manifest.engineReason],
    ["layout", manifest.layout],
    ["teacher", manifest.teacherReading],
  ]);
});

test("an older manifest has fewer rows", () => {
  assert.deepEqual(engineRows({ engine: "onnxruntime 1.30.0" }), [["engine", "onnxruntime 1.30.0"]]);
  assert.deepEqual(engineRows({ layout: "" }), []);
});
