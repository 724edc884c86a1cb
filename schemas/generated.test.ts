import assert from "node:assert/strict";
import { test } from "node:test";
import { staleFiles } from "../scripts/generate.ts";

test("types, validator and reference are what the schema says", async () => {
  assert.deepEqual(await staleFiles(), [], "run node scripts/generate.ts");
});
