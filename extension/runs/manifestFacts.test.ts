import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { engineFacts, engineRows } from "./manifestFacts.ts";

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

test("an older manifest, or none, has fewer rows", async () => {
  assert.deepEqual(engineRows({ engine: "onnxruntime 1.30.0" }), [["engine", "onnxruntime 1.30.0"]]);
  for (const other of [null, 3, [], {}, { engine: 3, layout: "" }]) assert.deepEqual(engineRows(other), []);
  const directory = mkdtempSync(path.join(tmpdir(), "manifest-"));
  try {
    assert.deepEqual(await engineFacts(directory), []);
    writeFileSync(path.join(directory, "manifest.json"), '{"engine": "onn');
    assert.deepEqual(await engineFacts(directory), []);
    writeFileSync(path.join(directory, "manifest.json"), JSON.stringify(manifest));
    assert.equal((await engineFacts(directory)).length, 4);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
