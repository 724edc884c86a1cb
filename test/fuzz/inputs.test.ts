import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkInputs } from "./inputCases.ts";
import { allInputs } from "./inputFiles.ts";
import { fuzzInputs } from "./inputs.ts";

test("files that are whole pass every door, so that damage is what is refused", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "fuzz-inputs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, inputs] of Object.entries(allInputs)) {
    const doors: string[] = [];
    const { said, findings } = await checkInputs(folder, inputs, { told: (door) => doors.push(door) });
    const refusals = said.filter((line) => !line.includes(" warning: "));
    assert.deepEqual([refusals, findings], [[], []], name);
    assert.equal(doors.includes("teacher"), inputs.experiment.teacher !== undefined, name);
    assert.ok(doors.includes("preflight"), name);
  }
});

test("an experiment or a file of it that is damaged in any way is read, or refused in a sentence", {
  timeout: 600_000,
}, async () => {
  let tried = 0;
  const findings = await fuzzInputs({ seed: 1, count: 150, onCase: (done) => (tried = done) });
  assert.deepEqual([tried, findings], [150, []]);
});
