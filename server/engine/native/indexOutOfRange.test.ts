import assert from "node:assert/strict";
import { test } from "node:test";
import { indexOutOfRange } from "./indexOutOfRange.ts";

test("what the engines say of an index is told of the layer that was given it", () => {
  const onnxruntime =
    "Non-zero status code returned while running Gather node. Name:'layer:words/Gather_8' Status Message: indices element out of data bounds, idx=-12 must be within the inclusive range [-3,2]";
  const tensorflow =
    "train@7: Session fail to run with error: indices[0,4,3,1] = -12 is not in [0, 3)\n\t [[{{node entry/0/layer_words/GatherV2_94}}]]";
  for (const message of [onnxruntime, tensorflow]) {
    const found = indexOutOfRange(new Error(message));
    assert.equal(found?.message, "The layer words was given -9; it takes integers from 0 to 2.");
    assert.match(found?.hint ?? "", /inputDim/);
  }
  assert.equal(indexOutOfRange(new Error("indices[0] = 3 is not in [0, 3)")), undefined, "no layer's");
  assert.equal(indexOutOfRange(new Error("another")), undefined);
});
