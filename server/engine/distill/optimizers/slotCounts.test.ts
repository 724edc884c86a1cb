import assert from "node:assert/strict";
import { test } from "node:test";
import { type OptimizerSpec, optimizers } from "./optimizers.ts";
import { slotCounts } from "./slotCounts.ts";

test("each optimizer keeps as many values a weight as is counted on before it is made", () => {
  for (const type of Object.keys(optimizers) as OptimizerSpec["type"][]) {
    const make = optimizers[type] as (spec: OptimizerSpec) => { readonly slots: readonly string[] };
    assert.equal(make({ type } as OptimizerSpec).slots.length, slotCounts[type], type);
  }
});
