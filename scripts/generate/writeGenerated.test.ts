import assert from "node:assert/strict";
import { mkdtemp, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeGenerated } from "./writeGenerated.ts";

test("who reads a generated file while it is written has all of the old text or of the new one", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "generated-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "types.gen.ts");
  await writeGenerated(path, "old");
  const { ino, mtimeNs } = await stat(path, { bigint: true });
  await writeGenerated(path, "old");
  const since = await stat(path, { bigint: true });
  assert.deepEqual([since.ino, since.mtimeNs], [ino, mtimeNs], "one that is up to date is left alone");

  const reading = await open(path);
  t.after(() => reading.close());
  await writeGenerated(path, "new");
  assert.equal(await reading.readFile("utf8"), "old");
  assert.equal(await readFile(path, "utf8"), "new");
  assert.deepEqual(await readdir(folder), ["types.gen.ts"]);
});
