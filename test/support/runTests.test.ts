import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const runner = fileURLToPath(new URL("runTests.ts", import.meta.url));
const passes = `import { test } from "node:test"; test("passes", () => {});`;
const passesTheSecondTime = `
  import { test } from "node:test";
  import { existsSync, writeFileSync } from "node:fs";
  ${passes.slice(passes.indexOf("test("))}
  test("flaky", () => {
    if (existsSync(import.meta.dirname + "/mark")) return;
    writeFileSync(import.meta.dirname + "/mark", "");
    throw new Error("lost");
  });`;
const fails = `import { test } from "node:test"; test("fails", () => { throw new Error("always"); });`;

async function ran(t: { after(end: () => Promise<void>): void }, files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "distill-runner-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise<{ code: number; said: string }>((resolve) => {
    execFile(process.execPath, [runner, `${folder}/*.mts`], { env }, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout }),
    );
  });
}

test("a test that passes when its file is run again is named as flaky, and counted once", async (t) => {
  const { code, said } = await ran(t, { "a.mts": passesTheSecondTime, "b.mts": passes });
  assert.equal(code, 0, said);
  assert.match(said, /flaky: .*a\.mts failed, and passed the second time/);
  assert.match(said, /ℹ pass 3\nℹ fail 0\n$/);
});

test("one that fails again has failed, and so has one that ends at its start", async (t) => {
  const { code, said } = await ran(t, { "a.mts": fails, "b.mts": passes, "c.mts": "process.exit(3);" });
  assert.equal(code, 1, said);
  assert.doesNotMatch(said, /flaky/);
  assert.match(said, /ℹ pass 1\nℹ fail 2\n$/);
});

test("many failed files are not run again", async (t) => {
  const names = ["a", "b", "c", "d"].map((name) => `${name}.mts`);
  const { code, said } = await ran(t, Object.fromEntries(names.map((name) => [name, fails])));
  assert.equal(code, 1, said);
  assert.match(said, /ℹ pass 0\nℹ fail 4\n$/);
  assert.equal(said.match(/^✖ fails /gm)?.length, 8, said);
});
