import assert from "node:assert/strict";
import { test } from "node:test";
import { lossOf } from "./precisionBlock.ts";

test("a loss that is too small for two digits is not called none", () => {
  const size = { value: 0.9, bytes: 1, p50Ms: 1, p95Ms: 1 };
  const lost = (drop: number) =>
    lossOf({
      ...{ precision: "int8", split: "test", samples: 9, metric: "mAP", before: size, after: size, drop },
    });
  assert.deepEqual(
    [lost(0), lost(-0.001), lost(0.4)],
    ["the same", "less than 0.01 points better", "0.40 points worse"],
  );
});
