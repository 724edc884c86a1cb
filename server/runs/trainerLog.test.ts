import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RunError } from "./runError.ts";
import { trainerLog } from "./trainerLog.ts";

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "trainer-log-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("a run's log is read as it stands, and a run without one has none", async (context) => {
  const folder = await folderOf(context);
  assert.equal(await trainerLog(folder), undefined);
  await writeFile(join(folder, "trainer.log"), "one\ntwo\n");
  assert.equal(await trainerLog(folder), "one\ntwo\n");
});

test("of a long log the last lines are read, each whole", async (context) => {
  const folder = await folderOf(context);
  const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}`);
  await writeFile(join(folder, "trainer.log"), `${lines.join("\n")}\n`);
  const [first = "", ...others] = ((await trainerLog(folder)) ?? "").trimEnd().split("\n");
  assert.match(first, /^line \d+$/);
  assert.equal(others.at(-1), "line 199999");
  assert.equal(others.length, 199_999 - Number(first.slice(5)));
});

test("a link in the place of the log is not followed", async (context) => {
  const folder = await folderOf(context);
  await writeFile(join(folder, "secret"), "secret");
  await symlink(join(folder, "secret"), join(folder, "trainer.log"));
  await assert.rejects(
    trainerLog(folder),
    (error) => error instanceof RunError && error.code === "link" && /is a symbolic link/.test(error.message),
  );
});
