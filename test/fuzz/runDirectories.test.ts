import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzz, makeRuns } from "./runDirectories.ts";

test("a run directory that is damaged in any way is read, or refused in a sentence, and nothing outside is touched", {
  timeout: 600_000,
}, async (context) => {
  const folder = await makeRuns(context);
  let tried = 0;
  const findings = await fuzz({ folder, seed: 1, count: 60, onCase: (done) => (tried = done) });
  assert.deepEqual([tried, findings], [60, []]);
});
