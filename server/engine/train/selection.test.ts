import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "./selection.ts";

test("accuracy gets better by rising, nll by falling", () => {
  assert.equal(compare("accuracy", { accuracy: 0.9 }, { accuracy: 0.8 }), "better");
  assert.equal(compare("accuracy", { accuracy: 0.7 }, { accuracy: 0.8 }), "not");
  assert.equal(compare("nll", { nll: 0.4 }, { nll: 0.5 }), "better");
  assert.equal(compare("nll", { nll: 0.5 }, { nll: 0.4 }), "not");
});

test("calibration and Brier's score get better by falling, shares by rising", () => {
  for (const metric of ["ece", "brier"]) {
    assert.equal(compare(metric, { [metric]: 0.1 }, { [metric]: 0.2 }), "better", metric);
    assert.equal(compare(metric, { [metric]: 0.2 }, { [metric]: 0.1 }), "not", metric);
  }
  for (const metric of ["top5", "agreement", "macroF1"])
    assert.equal(compare(metric, { [metric]: 0.2 }, { [metric]: 0.1 }), "better", metric);
});

test("among equals the likelier one is kept, and the earlier one where that is equal too", () => {
  const best = { accuracy: 0.8, nll: 0.5 };
  assert.equal(compare("accuracy", { accuracy: 0.8, nll: 0.4 }, best), "tied");
  assert.equal(compare("accuracy", { accuracy: 0.8, nll: 0.5 }, best), "not");
  assert.equal(compare("accuracy", { accuracy: 0.8, nll: 0.6 }, best), "not");
});

test("the first evaluation is the best so far, and one without a number never beats another", () => {
  assert.equal(compare("accuracy", { accuracy: null }, undefined), "better");
  assert.equal(compare("accuracy", { accuracy: null }, { accuracy: 0.1 }), "not");
  assert.equal(compare("accuracy", { accuracy: 0.1 }, { accuracy: null }), "better");
});

test("what is equal by the metric that counts, or has no number, is not better", () => {
  assert.equal(compare("nll", { nll: 0.5 }, { nll: 0.5 }), "not");
  assert.equal(compare("accuracy", { accuracy: null }, { accuracy: null }), "not");
  assert.equal(compare("accuracy", { accuracy: 0.7, nll: 0.1 }, { accuracy: 0.8, nll: 0.5 }), "not");
});

test("likelihood decides nothing where one of the two has none", () => {
  const known = { accuracy: 0.8, nll: 0.5 };
  for (const unknown of [{ accuracy: 0.8, nll: null }, { accuracy: 0.8 }]) {
    assert.equal(compare("accuracy", unknown, known), "not");
    assert.equal(compare("accuracy", known, unknown), "not");
  }
});
