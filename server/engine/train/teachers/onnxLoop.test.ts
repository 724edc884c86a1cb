import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loopingModel } from "../../../../test/support/loopingModel.ts";
import { identityNormalize } from "../../../data/normalize.ts";
import { openModelTeacher } from "./onnx.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "loop-"));
  await writeFile(join(folder, "short.onnx"), loopingModel(3n));
  await writeFile(join(folder, "endless.onnx"), loopingModel(2n ** 62n));
  await writeFile(join(folder, "short-function.onnx"), loopingModel(3n, { inFunction: true }));
  await writeFile(join(folder, "endless-function.onnx"), loopingModel(2n ** 62n, { inFunction: true }));
});
after(() => rm(folder, { recursive: true }));

const open = (name: string, stopRequested?: () => boolean) => {
  const path = join(folder, name);
  const spec = { type: "onnx", path, layout: "auto", outputs: "logits" } as const;
  return openModelTeacher(spec, { path, sample: [2], shared: identityNormalize, stopRequested });
};

test("a teacher whose loop ends is a teacher", { timeout: 300_000 }, async () => {
  for (const name of ["short.onnx", "short-function.onnx"]) {
    const teacher = await open(name);
    assert.ok(!("problem" in teacher), JSON.stringify(teacher));
    assert.deepEqual(await teacher.logits(Float32Array.of(1, -1), 1), Float32Array.of(1, 0));
    await teacher.dispose();
  }
});

test("one whose loop does not end is ended and told, with what gives it longer", {
  timeout: 300_000,
}, async () => {
  process.env["DISTILL_TEACHER_SECONDS"] = "1";
  try {
    for (const name of ["endless.onnx", "endless-function.onnx"]) {
      const teacher = await open(name);
      assert.ok("problem" in teacher);
      assert.equal(teacher.problem.code, "teacher-slow");
      assert.match(teacher.problem.message, /did not end within 1 s/);
      assert.match(teacher.problem.hint ?? "", /DISTILL_TEACHER_SECONDS/);
    }
  } finally {
    delete process.env["DISTILL_TEACHER_SECONDS"];
  }
});

test("a stop that is asked for meanwhile ends it", { timeout: 300_000 }, async () => {
  process.env["DISTILL_TEACHER_SECONDS"] = "100000";
  try {
    const teacher = await open("endless.onnx", () => true);
    assert.equal("problem" in teacher && teacher.problem.code, "teacher-stopped");
  } finally {
    delete process.env["DISTILL_TEACHER_SECONDS"];
  }
});
