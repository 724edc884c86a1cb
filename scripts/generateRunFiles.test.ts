import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("types and validator of run directories are those of their schemas", () => {
  const script = fileURLToPath(new URL("generateRunFiles.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
});
