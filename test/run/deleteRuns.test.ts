import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { basename } from "node:path";
import { test } from "node:test";
import { distill, onlyRun, scene, succeed } from "./support.ts";

test("a run that is deleted twice without a question takes no copy of it along", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 5 });
  await succeed(["run", it.file]);
  const run = await onlyRun(it);
  const id = basename(run);
  await cp(run, `${run}-copy`, { recursive: true });
  const deleted = (reference: string) => distill(["delete", reference, "--yes"], { cwd: it.folder });
  assert.deepEqual(await deleted(id), { code: 0, stdout: `Deleted ${id}.\n`, stderr: "" });
  assert.deepEqual(await deleted(id), {
    code: 1,
    stdout: "",
    stderr: `No run here has the id ${id}.\nOne that begins with it is ${id}-copy; without --yes you are asked.\n`,
  });
  assert.ok(existsSync(`${run}-copy`));
  assert.equal((await deleted(`${id}-c`)).code, 0, "a beginning is one still");
  assert.ok(!existsSync(`${run}-copy`));
});
