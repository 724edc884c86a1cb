import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "./duration.ts";

test("durations in the two largest units", () => {
  assert.deepEqual([0.4, 59.4, 60, 185, 7500, 14_640, 273_600].map(duration), [
    "0 s",
    "59 s",
    "1 min 00 s",
    "3 min 05 s",
    "2 h 05 min",
    "4 h 04 min",
    "3 d 4 h",
  ]);
});
