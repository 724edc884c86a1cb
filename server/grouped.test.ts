import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped } from "./grouped.ts";

test("thousands apart by a comma", () => {
  const found = [0, 999, 1000, 1170.5, 50_890, 1_234_567, -12_345].map(grouped);
  assert.deepEqual(found, ["0", "999", "1,000", "1,171", "50,890", "1,234,567", "-12,345"]);
});
