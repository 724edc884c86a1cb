import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { readText } from "./readText.ts";

async function fileOf(context: TestContext, content: Uint8Array | string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "text-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "a.distill.json");
  await writeFile(path, content);
  return path;
}

async function problemOf(path: string) {
  const read = await readText(path);
  return "problem" in read ? read.problem : assert.fail("it was read as text");
}

test("text is read, without its byte order mark", async (context) => {
  assert.deepEqual(await readText(await fileOf(context, '\ufeff{ "ü": "☃😀" }')), { text: '{ "ü": "☃😀" }' });
});

test("the first byte that is not UTF-8 is named with its place", async (context) => {
  const cases: [Uint8Array, number, number, number][] = [
    [Buffer.concat([Buffer.from('{\n  "ü": "'), Buffer.of(0xff)]), 2, 9, 11],
    [Buffer.concat([Buffer.from("ab"), Buffer.of(0xc3)]), 1, 3, 2],
    [Buffer.concat([Buffer.from("ab"), Buffer.of(0xe2, 0x98), Buffer.from("c")]), 1, 3, 2],
    [Buffer.from("caf\xe9 au lait", "latin1"), 1, 4, 3],
    [Buffer.of(0x61, 0xef, 0xbf, 0x62), 1, 2, 1],
    [Buffer.of(0x61, 0xef, 0xff), 1, 2, 1],
    [Buffer.concat([Buffer.from("\ufffd"), Buffer.of(0xed)]), 1, 2, 3],
  ];
  for (const [bytes, line, column, byte] of cases) {
    const problem = await problemOf(await fileOf(context, bytes));
    assert.equal(problem.code, "invalid-utf8");
    assert.match(problem.message, new RegExp(`^Byte ${byte} `));
    assert.deepEqual([problem.line, problem.column], [line, column]);
  }
});

test("whatever the bytes, the answer is the text or a place inside", async (context) => {
  const path = await fileOf(context, "");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      await writeFile(path, bytes);
      const read = await readText(path);
      if ("text" in read)
        assert.equal(
          Buffer.from(read.text).length,
          bytes.length - (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0),
        );
      else assert.ok(["not-text", "invalid-utf8"].includes(read.problem.code));
    }),
  );
});

test("what is no experiment is refused at once: a folder, a binary, 50 MB, a pipe, nothing", async (context) => {
  const path = await fileOf(context, Buffer.from("PK\x03\x04\0\0"));
  assert.match((await problemOf(path)).message, /Byte 4 is 0: this is a binary file/);
  await truncate(path, 50e6);
  assert.deepEqual(await problemOf(path), {
    code: "too-large",
    message: "The file has 50 MB: it is not an experiment.",
    line: 1,
    column: 1,
  });
  const folder = join(path, "..", "folder.distill.json");
  await mkdir(folder);
  assert.equal((await problemOf(folder)).code, "not-a-file");
  assert.equal((await problemOf(join(folder, "absent"))).code, "missing-file");
  assert.equal((await problemOf(join(path, "below"))).code, "missing-file");
  if (process.platform !== "win32") {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    assert.equal((await problemOf(join(folder, "pipe"))).code, "not-a-file");
    await symlink("loop", join(folder, "loop"));
    assert.match((await problemOf(join(folder, "loop"))).message, /^The file is a link that leads back to/);
  }
});
