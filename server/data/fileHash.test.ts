import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { filesIn } from "../../test/support/dataFiles.ts";
import { hashFiles } from "./fileHash.ts";

test("the hash of files depends on their contents, their order and where one ends, not on their names", async (t) => {
  const directory = await filesIn(t, { a: "12", b: "3", c: "1", d: "23", e: "12" });
  const hash = (...names: string[]) => hashFiles(names.map((name) => join(directory, name)));
  assert.equal(await hash("a"), await hash("e"));
  const hashes = await Promise.all([hash("a", "b"), hash("b", "a"), hash("c", "d"), hash("a")]);
  assert.equal(new Set(hashes).size, 4);
  assert.match(hashes[0] as string, /^[0-9a-f]{64}$/);
});

test("a file that is not there is a problem", async (t) => {
  const found = await hashFiles([join(await filesIn(t, {}), "absent")]);
  assert.ok(typeof found === "object" && found.code === "missing-file");
});
