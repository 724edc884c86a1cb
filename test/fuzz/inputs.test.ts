import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lookAtInputs } from "./inputCases.ts";
import { allInputs } from "./inputFiles.ts";

test("files that are whole pass every door, so that damage is what is refused", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "fuzz-inputs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, inputs] of Object.entries(allInputs)) {
    const doors: string[] = [];
    const { said, findings } = await lookAtInputs(folder, inputs, { told: (door) => doors.push(door) });
    const refusals = said.filter((line) => !line.includes(" warning: "));
    assert.deepEqual([refusals, findings], [[], []], name);
    assert.equal(doors.includes("teacher"), inputs.experiment.teacher !== undefined, name);
    assert.ok(doors.includes("preflight"), name);
  }
});
