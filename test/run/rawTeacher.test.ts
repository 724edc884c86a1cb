import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { distill, onlyRun, type Scene, scene, succeed } from "./support.ts";

/** Moves half of the features so far that a model of raw samples never names the first class. */
const normalize = { scale: 1, mean: [3, 0, 0, 3, 0, 0] };

/** An experiment that normalises its samples, and a model file as teacher that was trained on raw ones and says nothing of it. */
async function rawTeacher(context: TestContext, own: Record<string, unknown> = {}): Promise<Scene> {
  const other = await scene(context);
  const trained = await distill(["run", other.file]);
  const { data } = JSON.parse(await readFile(other.file, "utf8"));
  const it = await scene(context, {
    with: { data: { ...data, normalize }, teacher: { type: "tfjs", path: "teacher/model.json", ...own } },
  });
  const out = join(it.folder, "teacher");
  const exported = await distill(["export", await onlyRun(other), "--format", "tfjs", "--raw", "--out", out]);
  assert.deepEqual([trained.code, exported.code], [0, 0], trained.stderr + exported.stderr);
  const path = join(out, "model.json");
  const { userDefinedMetadata: _, ...model } = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify(model));
  await rm(join(out, "SHA256SUMS"));
  return it;
}

test("a teacher from a file that knows raw samples is fed these without being told to, and it is said", {
  timeout: 600_000,
}, async (context) => {
  const it = await rawTeacher(context);
  await succeed(["run", it.file]);
  const shown = JSON.parse((await distill(["show", await onlyRun(it), "--json"])).stdout);
  const { accuracy } = shown.result.teacher;
  assert.ok(accuracy > 0.9, String(accuracy));
  assert.match(
    shown.manifest.teacherReading,
    /^It is fed raw samples: so it is right for (9\d\.\d|100\.0) % of \d+ training samples, and right for \d\d\.\d % of \d+ normalised\.$/,
  );
  assert.deepEqual(shown.warnings ?? [], []);
  const { stdout } = await distill(["evaluate", it.file, "--teacher", "--json"]);
  const { metrics } = JSON.parse(stdout);
  assert.equal(metrics.accuracy, accuracy);
});

test("where the experiment says what its teacher sees it sees that, and a warning says what it would know", {
  timeout: 600_000,
}, async (context) => {
  const it = await rawTeacher(context, { normalize });
  await succeed(["run", it.file]);
  const shown = JSON.parse((await distill(["show", await onlyRun(it), "--json"])).stdout);
  assert.ok(shown.result.teacher.accuracy < 0.7);
  assert.deepEqual(
    shown.warnings.map(({ code }: { code: string }) => code),
    ["teacher-preprocessing", "teacher-worse"],
  );
});
