import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keepResults, keepWorkload } from "./results.ts";

function inFile(use: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "bench-results-"));
  try {
    use(join(folder, "results.json"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a workload that is measured again takes its own place", () =>
  inFile((file) => {
    const rows = (ms: number, ...names: string[]) => names.map((workload) => ({ workload, ms }));
    keepWorkload({ steps: { peak: 1, rows: rows(1, "a") } }, "a", file);
    keepWorkload({ steps: { peak: 2, rows: rows(1, "b", "b") } }, "b", file);
    keepWorkload({ steps: { peak: 3, rows: rows(2, "a") } }, "a", file);
    const { steps } = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual(steps, { peak: 1, rows: [...rows(2, "a"), ...rows(1, "b", "b")] });
  }));

test("what one command has measured stays when another one keeps its own", () =>
  inFile((file) => {
    keepResults({ gpuEngine: { passed: 3 }, steps: [1] }, file);
    keepResults({ steps: [2], fixed: {} }, file);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), {
      gpuEngine: { passed: 3 },
      steps: [2],
      fixed: {},
    });
  }));
