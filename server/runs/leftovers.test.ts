import assert from "node:assert/strict";
import fs, { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { holderRecord } from "./holder.ts";
import { removeLeftovers } from "./leftovers.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "leftovers-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("locks in the making go where their process is gone, and nothing that has another name", async (context) => {
  const run = await folder(context);
  const living = holderRecord(process.pid, run);
  const dead = JSON.stringify({ ...living, startTime: "boot:1" });
  const kept = ["lock", "lock.1", "lock.1.2.3", "lock.1.x", "lock.x.1", "lock.takeover", "xlock.1.2"];
  for (const name of [...kept, "lock.12.34", "lock.5.6"]) await writeFile(join(run, name), dead);
  await writeFile(join(run, "lock.7.8"), "");
  await writeFile(join(run, "lock.99.100"), JSON.stringify(living));
  await removeLeftovers(run);
  assert.deepEqual(await readdir(run), [...kept, "lock.99.100"].sort());
});

test("a lock in the making that took its name meanwhile is nothing to remove", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock.1.2");
  await writeFile(path, "");
  const { openSync } = fs;
  context.after(() => {
    fs.openSync = openSync;
    syncBuiltinESMExports();
  });
  fs.openSync = (opened, ...words) => {
    if (opened === path) throw Object.assign(new Error("gone"), { code: "ENOENT" });
    return openSync(opened, ...words);
  };
  syncBuiltinESMExports();
  await removeLeftovers(run);
  assert.equal(existsSync(path), true);
});

test("what killed writers left goes from the run and from the folders in it, not from hidden ones", async (context) => {
  const run = await folder(context);
  const folders = ["", "checkpoints", "teacher/checkpoints", ".own"];
  for (const name of folders) {
    await mkdir(join(run, name, ".3.99.1.tmp"), { recursive: true });
    await writeFile(join(run, name, ".a.99.2.tmp"), "");
    await writeFile(join(run, name, "a"), "");
  }
  await removeLeftovers(run);
  const left = await Promise.all(folders.map(async (name) => (await readdir(join(run, name))).sort()));
  assert.deepEqual(left, [
    [".own", "a", "checkpoints", "teacher"],
    ["a"],
    ["a"],
    [".3.99.1.tmp", ".a.99.2.tmp", "a"],
  ]);
});
