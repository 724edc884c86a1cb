import assert from "node:assert/strict";
import { test } from "node:test";
import { classWeightsProblem } from "./classWeights.ts";

test("class weights are as many as the classes", () => {
  const ce = { type: "ce" as const, weight: 1 };
  assert.equal(classWeightsProblem([ce, { ...ce, classWeights: [1, 2, 0.5] }], 3), undefined);
  assert.deepEqual(classWeightsProblem([{ ...ce, classWeights: [1, 2] }], 3)?.problem, {
    code: "class-weights",
    message: "The loss ce has 2 class weights, but there are 3 classes.",
    hint: "Give one number per class.",
  });
});
