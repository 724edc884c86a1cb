import assert from "node:assert/strict";
import { test } from "node:test";
import { stageBorders } from "../../server/chart/stageBorders.ts";
import { curveAtAnchor } from "./stagePart.ts";

const values = [9, 8, 3, 2, 1];
const loss = {
  step: [1, 2, 3, 4, 5],
  min: values,
  max: values,
  last: values,
  time: [0, 1, 2, 3, 4],
  epoch: [1, 2, 3, 4, 5],
};

test("a stage has its part of a curve, from its border to the next one", () => {
  const stages = [{ name: "hint", step: 0 }, { name: "kd", step: 2 }, { name: "last" }];
  const lasts = (stage?: number) =>
    curveAtAnchor({ series: "loss", ...(stage === undefined ? {} : { stage }) }, { loss }, stages)?.last;
  assert.deepEqual(lasts(0), [9, 8]);
  assert.deepEqual(lasts(1), [3, 2, 1]);
  assert.equal(lasts(2), undefined); // not begun
  assert.equal(lasts(7), undefined); // the text has more than the run
  assert.deepEqual(lasts(), values);
  assert.deepEqual(stageBorders(stages), [{ x: 2, label: "kd" }]);
  assert.deepEqual(stageBorders(undefined), []);
});
