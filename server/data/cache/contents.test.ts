import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { contentHashes } from "./contents.ts";

test("an index that is none, or has entries that are none, is not believed", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "contents-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "a.csv");
  await writeFile(file, "1");
  const cache = join(folder, "cache");
  const hashes = () => contentHashes(cache, folder, [file]);
  const expected = await hashes();
  assert.equal(expected?.length, 1);
  const [index = ""] = await readdir(cache);
  for (const text of ["null", "{}", "7", "[null]", `[[${JSON.stringify(file)}]]`, `[[1, 2, 3, 4, 5]]`, "["]) {
    await writeFile(join(cache, index), text);
    assert.deepEqual(await hashes(), expected, text);
  }
});
