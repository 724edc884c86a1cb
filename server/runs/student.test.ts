import assert from "node:assert/strict";
import fs, { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { StoredTensors } from "./safetensors.ts";
import { assertStudentWhole, readStudent, studentFiles, studentStage, writeStudent } from "./student.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "student-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

const tensors: StoredTensors = { a: { dtype: "float32", shape: [1], data: Float32Array.of(7) } };

test("a student is read as it was written, with its stage and further files", async (context) => {
  const run = await folder(context);
  assert.equal(await readStudent(run, "best"), undefined);
  await writeStudent(run, "best", { tensors, stage: "hint", files: { "model.json": "{}" } });
  assert.deepEqual({ ...(await readStudent(run, "best")) }, tensors);
  assert.equal(await readStudent(run, "final"), undefined);
  assert.equal(await studentStage(run, "best"), "hint");
  assert.equal(await studentStage(run, "final"), undefined);
  assert.equal(await readFile(join(run, "best", "model.json"), "utf8"), "{}");
});

test("the one that was replaced is read while its successor is not there, or has no weights", async (context) => {
  const run = await folder(context);
  await writeStudent(run, "final", { tensors });
  await rename(join(run, "final"), join(run, "final.replaced"));
  assert.deepEqual({ ...(await readStudent(run, "final")) }, tensors);
  await mkdir(join(run, "final"));
  assert.deepEqual({ ...(await readStudent(run, "final")) }, tensors);
  await rm(join(run, "final.replaced"), { recursive: true });
  assert.equal(await readStudent(run, "final"), undefined);
});

for (const [kind, hint] of [
  [
    "best",
    "Restore it from a copy, export what the last step left with `--weights final`, or run the experiment again.",
  ],
  ["final", "Restore it from a copy, or run the experiment again."],
] as const)
  test(`a ${kind} student that is damaged is refused with what to do`, async (context) => {
    const run = await folder(context);
    await assertStudentWhole(run, kind);
    await writeStudent(run, kind, { tensors, files: { "model.json": "{}" } });
    await assertStudentWhole(run, kind);
    await rm(join(run, kind, "model.json"));
    const refused = { code: "damaged", message: `${join(run, kind, "model.json")} is missing.`, hint };
    await assert.rejects(readStudent(run, kind), refused);
    await assert.rejects(assertStudentWhole(run, kind), refused);
  });

test("weights that are sealed and no weights are refused by name", async (context) => {
  const run = await folder(context);
  await mkdir(join(run, "best"));
  const path = join(run, "best", "weights.safetensors");
  // Of an earlier version, without checksums.
  await writeFile(path, "");
  await assert.rejects(readStudent(run, "best"), {
    code: "damaged",
    message: `${path} is not a whole safetensors file: expected at least 8 bytes, found 0.`,
  });
});

test("what a run leaves is listed in the same order on every disk", async (context) => {
  const { readdir } = fs;
  const restore = () => {
    fs.readdir = readdir;
    syncBuiltinESMExports();
  };
  context.after(restore);
  fs.readdir = (async () => ["z", "SHA256SUMS", "a"]) as unknown as typeof readdir;
  syncBuiltinESMExports();
  assert.deepEqual(await studentFiles("/run"), ["best/a", "best/z", "final/a", "final/z"]);
});

test("what a run leaves is listed by name, the best first, without checksums", async (context) => {
  const run = await folder(context);
  assert.deepEqual(await studentFiles(run), []);
  await writeStudent(run, "final", { tensors, files: { z: "", a: "" } });
  assert.deepEqual(await studentFiles(run), ["final/a", "final/weights.safetensors", "final/z"]);
  await writeStudent(run, "best", { tensors });
  assert.deepEqual((await studentFiles(run)).slice(0, 2), ["best/weights.safetensors", "final/a"]);
});
