import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { EngineError } from "../engineError.ts";
import { checkDisk, findCompiler, findNpm, findPython } from "./tools.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tools-"));
});
after(() => rm(folder, { recursive: true }));

/** A PATH with only the given programs, each a shell script. */
async function only(programs: Readonly<Record<string, string>>): Promise<NodeJS.ProcessEnv> {
  const bin = await mkdtemp(path.join(folder, "bin-"));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  return { PATH: bin };
}

async function fails(work: Promise<unknown>, code: string, message: RegExp, hint: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.match(error.hint, hint);
    return true;
  });
}

test("no compiler", async () =>
  fails(
    findCompiler(folder, { env: await only({}) }),
    "no-compiler",
    /No working C\+\+17/,
    /apt install g\+\+/,
  ));

test("a compiler that cannot compile is none, and what it said is kept", async () => {
  const env = await only({ "g++": "echo 'fatal error: optional: No such file' >&2; exit 1" });
  await assert.rejects(findCompiler(folder, { env }), {
    code: "no-compiler",
    detail: /optional: No such file/,
  });
});

test("the first compiler that compiles is taken, CXX before all others", async () => {
  const env = await only({ "g++": "exit 1", mine: "[ $1 = --version ] && echo mine 1.0; exit 0" });
  const found = await findCompiler(folder, { env: { ...env, CXX: "mine" } });
  assert.deepEqual(found, { command: "mine", version: "mine 1.0" });
});

test("no Python, or one that is too old", async () => {
  await fails(findPython({ env: await only({}) }), "no-python", /3\.8 or newer was not found\.$/, /--from/);
  const env = await only({ python3: "echo 3.6" });
  await fails(findPython({ env }), "no-python", /\(python3 is 3\.6\)/, /Install Python 3/);
});

test("Python without pip", async () => {
  const env = await only({ python3: "[ $1 = -c ] && echo 3.11 && exit 0; exit 1" });
  await fails(findPython({ env }), "no-pip", /python3 3\.11 has no pip/, /python3-pip/);
});

test("python where there is no python3", async () =>
  assert.equal(
    await findPython({ env: await only({ python: "[ $1 = -c ] && echo 3.8; exit 0" }) }),
    "python",
  ));

test("no npm", async () =>
  fails(findNpm({ env: await only({}) }), "no-npm", /npm was not found/, /Node\.js/));

test("a disk that is too small", async () => {
  await checkDisk(folder, 1);
  await fails(
    checkDisk(folder, 1e18),
    "low-disk",
    /needs 1000000000\.0 GB; [\d.]+ GB are free/,
    /DISTILL_ENGINES/,
  );
});
