import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { shown } from "../terminal/shownPath.ts";
import { evaluateModel } from "./evaluate.ts";

test("what is no model's file is named for what it is, with what to name instead", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "evaluate-"));
  context.after(() => rm(folder, { recursive: true }));
  for (const path of ["saved/saved_model.pb", "exported/model.json", "net.onnx/notes.txt"]) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), "{}");
  }
  const of = async (name: string) => {
    const found = await evaluateModel(join(folder, name), {}, () => {});
    return "problem" in found ? [found.problem.code, found.problem.message, found.problem.hint] : found;
  };
  const at = (name: string) => shown(join(folder, name));
  const instead = "Name a model.json or an .onnx file, or a run.";
  assert.deepEqual(await of("saved"), [
    "wrong-model",
    `${at("saved")} is a TensorFlow SavedModel, which is evaluated as a teacher.`,
    `Name it in an experiment as "teacher": { "type": "savedModel", "path": "${join(folder, "saved")}" }, then use --teacher on that.`,
  ]);
  assert.deepEqual(await of("exported"), [
    "wrong-model",
    `${at("exported")} is a folder with a model.`,
    `Name its file: ${at("exported/model.json")}.`,
  ]);
  assert.deepEqual(await of("net.onnx"), ["no-model", `${at("net.onnx")} is no model's file.`, instead]);
  await writeFile(join(folder, "data.npz"), "PK");
  assert.deepEqual(await of("data.npz"), ["no-model", `${at("data.npz")} is no model's file.`, instead]);
  const teacher = await evaluateModel("latest", { teacher: true }, () => {});
  assert.ok("problem" in teacher);
  assert.deepEqual(
    [teacher.problem.message, teacher.problem.hint],
    [
      "--teacher evaluates the teacher of an experiment, and latest is no experiment's file.",
      "Name the .distill.json file.",
    ],
  );
  assert.deepEqual(await of("gone.onnx"), ["missing", `There is no file ${at("gone.onnx")}.`, instead]);
});
