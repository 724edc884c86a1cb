import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { distill, onlyRun, scene, succeed } from "./support.ts";

test("the runs of a folder that was moved are of the experiment that lies in it, and find its data there", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 10 });
  await succeed(["run", it.file]);
  const id = basename(await onlyRun(it));
  const parent = await mkdtemp(join(tmpdir(), "moved-"));
  context.after(() => rm(parent, { recursive: true, force: true }));
  const cwd = join(parent, "renamed");
  await rename(it.folder, cwd);
  const file = join(cwd, basename(it.file));
  const [listed] = JSON.parse((await distill(["list", "--json"], { cwd })).stdout);
  assert.deepEqual([listed.id, listed.experiment], [id, file]);
  await succeed(["evaluate", id], { cwd });
  // A second run beside it is of the same file.
  await succeed(["run", file], { cwd });
  const runs = JSON.parse((await distill(["list", "--json"], { cwd })).stdout);
  assert.deepEqual(
    runs.map(({ experiment }: { experiment: string }) => experiment),
    [file, file],
  );
  // Without the experiment beside them they say where it was.
  await rename(file, join(cwd, "other.distill.json"));
  const [, first] = JSON.parse((await distill(["list", "--json"], { cwd })).stdout);
  assert.equal(first.experiment, it.file);
  assert.ok((await readdir(cwd)).includes("other.distill.json"));
});

test("the runs of a copied folder are of the experiment and the data in the copy, those kept elsewhere of their own", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 10 });
  await succeed(["run", it.file]);
  const id = basename(await onlyRun(it));
  const parent = await mkdtemp(join(tmpdir(), "copied-"));
  context.after(() => rm(parent, { recursive: true, force: true }));
  const cwd = join(parent, "copy");
  await cp(it.folder, cwd, { recursive: true });
  const file = join(cwd, basename(it.file));
  // Other test samples in the copy: what is evaluated there are these.
  const test = await readFile(join(cwd, "test.csv"), "utf8");
  await writeFile(join(cwd, "test.csv"), test.split("\n").slice(0, 31).join("\n"));
  const experimentsIn = async (folder: string) =>
    JSON.parse((await distill(["list", "--json"], { cwd: folder })).stdout).map(
      ({ experiment }: { experiment: string }) => experiment,
    );
  assert.deepEqual(await experimentsIn(cwd), [file]);
  assert.deepEqual(await experimentsIn(it.folder), [it.file]);
  const evaluated = JSON.parse((await distill(["evaluate", id, "--json"], { cwd })).stdout);
  assert.equal(evaluated.samples ?? evaluated.count, 30);
  // A run of the original that was put beside the copy's.
  const runs = join(cwd, ".distill", "runs");
  await succeed(["run", it.file, "--runs-directory", runs]);
  assert.deepEqual(await experimentsIn(cwd), [it.file, file]);
});
