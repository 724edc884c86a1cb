import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { compileAddon } from "./compile.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "compile-"));
});
after(() => rm(folder, { recursive: true }));

/** Compiles with a fake compiler, a shell script. */
async function compileWith(script: string): Promise<void> {
  const command = path.join(folder, "c++");
  await writeFile(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  const sources = { addon: folder, nodeHeaders: folder, tensorflowHeaders: folder, scratch: folder };
  await compileAddon(folder, { command, version: "" }, sources);
}

test("an addon that the compiler refuses: with which status, and what it said", () =>
  assert.rejects(compileWith("echo 'tfjs_backend.cc:7: error: no such type' >&2; exit 3"), {
    name: "EngineError",
    code: "compile-failed",
    message: /c\+\+ could not compile the addon \(status 3\)/,
    hint: /CXX=clang\+\+/,
    detail: /no such type/,
  }));

test("a compiler that is killed", () =>
  assert.rejects(compileWith("kill -KILL $$"), { code: "compile-failed", message: /status SIGKILL/ }));

test("a disk that fills up meanwhile", () =>
  assert.rejects(compileWith("echo 'cannot write: No space left on device' >&2; exit 1"), {
    code: "low-disk",
    message: /filled up while the addon was compiled/,
  }));

test("a compiler that succeeds says nothing", () => compileWith("exit 0"));
