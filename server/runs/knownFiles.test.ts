import assert from "node:assert/strict";
import { lstat, mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bears, isSame, isSettled, readKnownFile, type Stamp, stampOf } from "./knownFiles.ts";

const stamp: Stamp = { size: 1, modified: 2, changed: 3, inode: 4 };

test("a stamp is of size, times and inode, and each of them tells two files apart", async () => {
  const stats = await stat(tmpdir());
  const { size, mtimeMs: modified, ctimeMs: changed, ino: inode } = stats;
  assert.deepEqual(stampOf(stats), { size, modified, changed, inode });
  assert.equal(isSame(stamp, { ...stamp }), true);
  for (const key of ["size", "modified", "changed", "inode"] as const)
    assert.equal(isSame(stamp, { ...stamp, [key]: 9 }), false, key);
});

test("a file is settled two seconds after the later of its times", () => {
  const at = (modified: number, changed: number) => isSettled({ ...stamp, modified, changed }, 10_000);
  assert.deepEqual(
    [at(7999, 7999), at(8000, 7999), at(7999, 8000), at(9000, 1)],
    [true, false, false, false],
  );
});

test("a file that bears the stamp it was read with is not read again", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "known-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "manifest.json");
  assert.equal(await readKnownFile("manifest", path, undefined), undefined);
  await writeFile(path, '{"format":2,"engine":"a"}');
  const first = (await readKnownFile("manifest", path, undefined)) ?? assert.fail();
  assert.deepEqual(first, { stamp: stampOf(await lstat(path)), value: { format: 2, engine: "a" } });
  assert.equal(await readKnownFile("manifest", path, first), first);
  assert.equal(await bears(path, first.stamp), true);
  assert.equal(await bears(path, { ...first.stamp, size: 0 }), false);
  await writeFile(path, '{"format":2,"engine":"bc"}');
  const second = await readKnownFile("manifest", path, first);
  assert.equal(second?.value.engine, "bc");
  await utimes(path, 1, 1);
  const third = await readKnownFile("manifest", path, second);
  assert.deepEqual([third?.stamp.modified, third === second], [1000, false]);
  await rm(path);
  assert.equal(await bears(path, first.stamp), false);
  assert.equal(await readKnownFile("manifest", path, first), undefined);
  for (const put of [() => symlink(folder, path), () => mkdir(path)]) {
    await put();
    assert.equal(await bears(path, stampOf(await lstat(path))), false, "neither a link nor a folder");
    await rm(path, { recursive: true });
  }
});
