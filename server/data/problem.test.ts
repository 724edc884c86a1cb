import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, isProblem } from "./problem.ts";

test("a problem reads like a compiler's message", () => {
  assert.equal(
    formatProblem({
      code: "missing-value",
      message: 'Column "b" has no value here.',
      file: "data.csv",
      line: 3,
      column: 7,
      expected: "a finite number",
      found: '""',
    }),
    'data.csv:3:7: missing-value: Column "b" has no value here (expected a finite number, found "").',
  );
  assert.equal(
    formatProblem({ code: "truncated", message: "The file ends too early.", file: "x", offset: 0 }),
    "x: truncated: The file ends too early (at byte 0).",
  );
  assert.equal(
    formatProblem({ code: "empty-file", message: "The file is empty.", file: "x" }),
    "x: empty-file: The file is empty.",
  );
});

test("problems are told apart from results", () => {
  assert.ok(isProblem({ code: "empty-file", message: "The file is empty.", file: "x" }));
  assert.ok(!isProblem({ count: 1 }));
});
