import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ownRunsFolder, runsPath } from "./runsFolder.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "base-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("runs go to .distill/runs beside the experiment, whether it is there or not", async (context) => {
  const base = await folder(context);
  assert.equal(runsPath, join(".distill", "runs"));
  const runs = join(base, ".distill", "runs");
  assert.equal(ownRunsFolder(base), runs);
  await mkdir(runs, { recursive: true });
  assert.equal(ownRunsFolder(base), runs);
});

for (const link of [".distill", runsPath])
  test(`a symbolic link at ${link} is refused`, {
    skip: process.platform === "win32" && "links need a permission there",
  }, async (context) => {
    const base = await folder(context);
    const path = join(base, link);
    await mkdir(join(path, ".."), { recursive: true });
    await symlink(tmpdir(), path);
    assert.throws(() => ownRunsFolder(base), {
      name: "RunError",
      code: "link",
      message: `${path} is a symbolic link, so new runs would be written somewhere else.`,
      hint: "Remove it, or name the folder that it leads to: --runs-directory, or the setting `distill.runsDirectory`.",
    });
  });
