import assert from "node:assert/strict";
import { test } from "node:test";
import { exportBlock, listed } from "./exportBlock.ts";

const blockOf = (batch: number | "batch") =>
  exportBlock({
    format: "onnx",
    path: "m.onnx",
    exported: {
      files: {},
      input: { name: "input", dtype: "float32", shape: [batch, 3] },
      output: { name: "logits", dtype: "float32", shape: [batch, 2] },
      card: { output: "logits" },
    },
  }).join("\n");

test("a name that could be taken for two is in quotes", () => {
  assert.equal(listed(["a", "b, c", 'd "e"', ""]), String.raw`a, "b, c", "d \"e\"", ""`);
});

test("a model that takes one sample alone says so", () => {
  assert.match(blockOf(1), /^ {2}batch +one sample at a time: the network computes with/m);
  assert.doesNotMatch(blockOf("batch"), /one sample at a time/);
});
