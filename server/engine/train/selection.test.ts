import assert from "node:assert/strict";
import { test } from "node:test";
import { improves } from "./selection.ts";

test("accuracy improves by rising, nll by falling, and a tie keeps the earlier weights", () => {
  assert.equal(improves("accuracy", { accuracy: 0.9 }, { accuracy: 0.8 }), true);
  assert.equal(improves("accuracy", { accuracy: 0.8 }, { accuracy: 0.8 }), false);
  assert.equal(improves("nll", { nll: 0.4 }, { nll: 0.5 }), true);
  assert.equal(improves("nll", { nll: 0.5 }, { nll: 0.4 }), false);
});

test("the first evaluation is the best so far, and one without a number never beats another", () => {
  assert.equal(improves("accuracy", { accuracy: 0 }, undefined), true);
  assert.equal(improves("accuracy", { accuracy: null }, { accuracy: 0.1 }), false);
  assert.equal(improves("accuracy", { accuracy: 0.1 }, { accuracy: null }), true);
});
