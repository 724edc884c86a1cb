import assert from "node:assert/strict";
import fs from "node:fs";
import { mkdir, mkdtemp, realpath, rename, rm, symlink } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { directoryIdentity, isDirectory, realPath } from "./directoryIdentity.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "identity-")));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Has the file system say these numbers, which are larger than a double holds exactly. */
function numbered(context: TestContext): void {
  const { statSync } = fs;
  context.after(() => {
    Object.assign(fs, { statSync });
    syncBuiltinESMExports();
  });
  const said = (_: string, options?: { bigint?: boolean }) => {
    const numbers = { dev: 2n ** 60n + 1n, ino: 2n ** 61n + 1n };
    return options?.bigint ? numbers : { dev: Number(numbers.dev), ino: Number(numbers.ino) };
  };
  Object.assign(fs, { statSync: said });
  syncBuiltinESMExports();
}

test("a directory is known by its path without links, and by its device and inode in full", async (context) => {
  const path = await folder(context);
  numbered(context);
  assert.deepEqual(directoryIdentity(path), {
    path,
    device: "1152921504606846977",
    inode: "2305843009213693953",
  });
});

test("a link is the directory that it leads to", {
  skip: process.platform === "win32" && "links need a permission there",
}, async (context) => {
  const path = await folder(context);
  await mkdir(join(path, "run"));
  await symlink(join(path, "run"), join(path, "link"));
  assert.deepEqual(directoryIdentity(join(path, "link")), directoryIdentity(join(path, "run")));
  assert.equal(realPath(join(path, "link")), join(path, "run"));
});

test("of a directory that is gone only the path is known, and no path is it", async (context) => {
  const gone = join(await folder(context), "gone");
  const identity = { path: gone, device: "", inode: "" };
  assert.deepEqual(directoryIdentity(gone), identity);
  for (const sameMachine of [true, false])
    assert.equal(isDirectory(gone, { ...identity, inode: "undefined" }, { sameMachine }), false);
});

test("a directory that was moved is the same one, another one in its place is not", async (context) => {
  const above = await folder(context);
  const [run, moved] = [join(above, "run"), join(above, "moved")];
  await mkdir(run);
  const identity = directoryIdentity(run);
  await rename(run, moved);
  await mkdir(run);
  const is = (path: string) => isDirectory(path, identity, { sameMachine: true });
  assert.deepEqual([is(moved), is(run)], [true, false]);
});

test("a device has to be the same on the machine that the record is of, and there alone", async (context) => {
  const path = await folder(context);
  const identity = { ...directoryIdentity(path), device: "another" };
  const is = (sameMachine: boolean) => isDirectory(path, identity, { sameMachine });
  assert.deepEqual([is(true), is(false)], [false, true]);
});
