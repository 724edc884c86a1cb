import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs, { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  assertWhole,
  damaged,
  readSealedFolder,
  writeSealedFile,
  writeSealedFolder,
} from "./sealedFolder.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "sealed-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return join(path, "best");
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const required = { sums: "required" } as const;
const optional = { sums: "optional" } as const;

test("a folder has its checksums as `sha256sum` writes them, and is read with what they name", async (context) => {
  const path = await folder(context);
  await writeSealedFolder(path, { a: "1", b: Buffer.from("2") });
  assert.equal(await readFile(join(path, "SHA256SUMS"), "utf8"), `${sha256("1")}  a\n${sha256("2")}  b\n`);
  await writeFile(join(path, "c"), "not in the list");
  const files = { a: Buffer.from("1"), b: Buffer.from("2") };
  for (const sums of [required, optional])
    assert.deepEqual(await readSealedFolder(path, sums), { state: "whole", files });
});

test("a file has its checksum beside it", async (context) => {
  const path = await folder(context);
  await mkdir(path);
  await writeSealedFile(join(path, "a.onnx"), "1");
  assert.deepEqual((await readdir(path)).sort(), ["a.onnx", "a.onnx.sha256"]);
  assert.equal(await readFile(join(path, "a.onnx"), "utf8"), "1");
  assert.equal(await readFile(join(path, "a.onnx.sha256"), "utf8"), `${sha256("1")}  a.onnx\n`);
});

test("where there is no folder it is absent", async (context) => {
  const path = await folder(context);
  assert.deepEqual(await readSealedFolder(path, required), { state: "absent" });
  await writeFile(path, "");
  assert.deepEqual(await readSealedFolder(path, required), { state: "absent" });
});

test("a folder that may not be read is an error that names it", async (context) => {
  const path = await folder(context);
  const real = fs.readdir;
  const restore = () => {
    fs.readdir = real;
    syncBuiltinESMExports();
  };
  fs.readdir = (async () => {
    throw Object.assign(new Error("readdir"), { code: "EACCES" });
  }) as unknown as typeof fs.readdir;
  syncBuiltinESMExports();
  await assert
    .rejects(readSealedFolder(path, required), {
      code: "no-permission",
      message: `Could not read ${path}: permission was denied.`,
    })
    .finally(restore);
});

test("a folder of an earlier version, without checksums, is read as it is where none are required", async (context) => {
  const path = await folder(context);
  await mkdir(path);
  await writeFile(join(path, "a"), "1");
  assert.deepEqual(await readSealedFolder(path, optional), {
    state: "whole",
    files: { a: Buffer.from("1") },
  });
  assert.deepEqual(await readSealedFolder(path, required), {
    state: "damaged",
    why: `${path} has no SHA256SUMS.`,
  });
});

test("a list that is none, or that names what lies elsewhere, is damage", async (context) => {
  const path = await folder(context);
  await mkdir(path);
  await writeFile(join(path, "..", "a"), "1");
  const list = join(path, "SHA256SUMS");
  const hash = sha256("1");
  for (const text of ["", "x\n", `${hash}  ../a\n`, `${hash}  b\n${hash}  ..\\a\n`, "x".repeat(2 ** 20)]) {
    await writeFile(list, text);
    assert.deepEqual(await readSealedFolder(path, optional), {
      state: "damaged",
      why: `${list} is not a list of checksums.`,
    });
  }
  await writeFile(list, "x".repeat(2 ** 20 + 1));
  await assert.rejects(readSealedFolder(path, optional), { code: "too-large" });
});

test("what was changed or is missing is damage that names the file", async (context) => {
  const path = await folder(context);
  await writeSealedFolder(path, { a: "1" });
  await assertWhole(path, "Restore it.");
  await writeFile(join(path, "a"), "2");
  const changed = `${join(path, "a")} differs from what was written: its SHA-256 is ${sha256("2").slice(0, 12)}…, SHA256SUMS has ${sha256("1").slice(0, 12)}….`;
  assert.deepEqual(await readSealedFolder(path, required), { state: "damaged", why: changed });
  await rm(join(path, "a"));
  const missing = `${join(path, "a")} is missing.`;
  assert.deepEqual(await readSealedFolder(path, optional), { state: "damaged", why: missing });
  await assert.rejects(assertWhole(path, "Restore it."), {
    name: "RunError",
    code: "damaged",
    message: missing,
    hint: "Restore it.",
  });
});

test("a folder is whole without checksums, or absent, for whoever asks only that", async (context) => {
  const path = await folder(context);
  await assertWhole(path, "");
  await mkdir(path);
  await assertWhole(path, "");
  const { code, message, hint } = damaged("Why.", "How.");
  assert.deepEqual({ code, message, hint }, { code: "damaged", message: "Why.", hint: "How." });
});
