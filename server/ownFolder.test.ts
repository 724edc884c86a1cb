import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRun } from "./runs/runDirectory.ts";

async function workspace(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "distill-own-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
const start = (folder: string, runsDirectory = join(folder, ".distill", "runs")) =>
  createRun({ runsDirectory, experimentFile: join(folder, "a.distill.json"), name: "a", experiment: {} });

test("Git sees nothing of the runs beside an experiment", async (t) => {
  const folder = await workspace(t);
  const git = (...words: string[]) => execFileSync("git", words, { cwd: folder, encoding: "utf8" });
  git("init", "-q");
  await start(folder);
  assert.equal(git("status", "--porcelain", "--untracked-files=all"), "");
});

test("whoever removes the .gitignore is left in peace", async (t) => {
  const folder = await workspace(t);
  await start(folder);
  const ignore = join(folder, ".distill", ".gitignore");
  assert.match(await readFile(ignore, "utf8"), /^\*$/m);
  await rm(ignore);
  await start(folder);
  assert.equal(existsSync(ignore), false);
});

test("a folder of runs that a person has named is theirs to ignore", async (t) => {
  const folder = await workspace(t);
  await start(folder, join(folder, "results"));
  assert.equal(existsSync(join(folder, "results", ".gitignore")), false);
});
