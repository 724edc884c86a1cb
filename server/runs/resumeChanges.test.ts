import assert from "node:assert/strict";
import { test } from "node:test";
import { wrongChange } from "./resumeChanges.ts";

test("the first change that no experiment may have is named with what was expected", () => {
  assert.equal(wrongChange({}), undefined);
  assert.equal(wrongChange({ engine: "tensorflow", device: "gpu:7" }), undefined);
  assert.deepEqual(wrongChange({ engine: "torch", device: "tpu" }), {
    key: "engine",
    value: "torch",
    expected: 'one of "auto", "onnxruntime", "tensorflow"',
  });
  assert.equal(wrongChange({ engine: "auto", device: "gpu:8" })?.key, "device");
  assert.equal(
    wrongChange({ unknown: "x" } as object),
    undefined,
    "what no schema has is for others to refuse",
  );
});
