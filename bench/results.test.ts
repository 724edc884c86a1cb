import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keepResults } from "./results.ts";

test("what one command has measured stays when another one keeps its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-results-"));
  const file = join(folder, "results.json");
  try {
    keepResults({ gpuEngine: { passed: 3 }, steps: [1] }, file);
    keepResults({ steps: [2], fixed: {} }, file);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), {
      gpuEngine: { passed: 3 },
      steps: [2],
      fixed: {},
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
