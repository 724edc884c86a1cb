import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs, { closeSync, readdirSync, writeSync } from "node:fs";
import { link, mkdir, mkdtemp, open, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  assertNoLinkAt,
  assertOwnFolder,
  openOwnFile,
  openOwnFileToAppend,
  readOwnFile,
  readOwnFileSync,
  readOwnFileWithStats,
} from "./ownFile.ts";
import type { RunError } from "./runError.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "own-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

const look = "Check the folder: no version of Distillery has written this.";
const linked = (path: string) => [
  "link",
  `${path} is a symbolic link; a run reads and writes only files in its own folder.`,
  "Replace the link by its target, or remove it.",
];
const noFile = (path: string) => ["not-a-file", `${path} is not a file.`, look];

/** What a call refuses with, or what it gives. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    const { name, code, message, hint } = error as RunError;
    assert.equal(name, "RunError", `${error}`);
    return [code, message, hint];
  }
}

/** What every way to read a file says, which must be the same. */
async function readings(path: string, most = 100): Promise<unknown> {
  const text = (bytes: Buffer | undefined) => bytes?.toString();
  const all = [
    await outcome(async () => text(await readOwnFile(path, most))),
    await outcome(async () => text((await readOwnFileWithStats(path, most))?.bytes)),
    await outcome(() => text(readOwnFileSync(path, most))),
  ];
  for (const one of all) assert.deepEqual(one, all[0], path);
  return all[0];
}

const openFiles = () => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);

test("a regular file is read, one that is missing is nothing, and whatever else is there is refused", async (context) => {
  const at = await folder(context);
  const [file, alias, pipe, inside] = ["file", "alias", "pipe", "folder"].map((name) => join(at, name)) as [
    string,
    string,
    string,
    string,
  ];
  await writeFile(file, "12345");
  await symlink(file, alias);
  execFileSync("mkfifo", [pipe]);
  await mkdir(inside);
  const socket = join(at, "socket");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  assert.deepEqual(await readings(socket), noFile(socket));
  assert.deepEqual(await outcome(() => openOwnFileToAppend(socket)), noFile(socket));
  await new Promise((resolve) => server.close(resolve));
  const before = openFiles();
  assert.equal(await readings(file), "12345");
  assert.equal(await readings(join(at, "none")), undefined);
  assert.equal(await readings(join(file, "none")), undefined, "a file where its folder should be");
  assert.deepEqual(await readings(alias), linked(alias));
  assert.deepEqual(await readings(pipe), noFile(pipe));
  assert.deepEqual(await readings(inside), noFile(inside));
  assert.equal(await readings(file, 5), "12345");
  assert.deepEqual(await readings(file, 4), ["too-large", `${file} has 5 bytes; expected at most 4.`, look]);
  await writeFile(file, "x".repeat(1234));
  assert.deepEqual(await readings(file, 1000), [
    "too-large",
    `${file} has 1,234 bytes; expected at most 1,000.`,
    look,
  ]);
  await writeFile(file, "");
  assert.equal(await readings(file, 0), "");
  const tooLong = join(at, "n".repeat(300));
  assert.deepEqual(await readings(tooLong), [
    "io",
    `Could not read ${tooLong}: ENAMETOOLONG: name too long, open '${tooLong}'.`,
    "Check the disk and the folder, then try again.",
  ]);
  for (const [path, said] of [
    [alias, linked(alias)],
    [pipe, noFile(pipe)],
    [inside, noFile(inside)],
    [join(at, "none"), undefined],
  ] as const)
    assert.deepEqual(await outcome(() => openOwnFile(path)), said);
  const handle = await openOwnFile(file);
  assert.equal((await handle?.stat())?.ino, (await stat(file)).ino);
  await handle?.close();
  assert.equal(openFiles(), before, "what was opened is closed again");
  assert.equal((await readOwnFileWithStats(file, 9))?.stats.ino, (await stat(file)).ino);
});

test("a file is appended to and read where it lies itself and under no other name, and made where it is missing", async (context) => {
  const at = await folder(context);
  const file = join(at, "file");
  const append = (path: string) =>
    outcome(() => {
      const opened = openOwnFileToAppend(path);
      writeSync(opened, "x");
      closeSync(opened);
      return "appended";
    });
  const before = openFiles();
  assert.equal(await append(file), "appended");
  assert.equal((await stat(file)).mode & 0o777, 0o644 & ~process.umask());
  assert.equal(await append(file), "appended");
  assert.equal(await readFile(file, "utf8"), "xx");
  const [alias, dangling, pipe, inside, twin] = ["alias", "dangling", "pipe", "folder", "twin"].map((name) =>
    join(at, name),
  ) as [string, string, string, string, string];
  await symlink(file, alias);
  await symlink(join(at, "elsewhere"), dangling);
  execFileSync("mkfifo", [pipe]);
  await mkdir(inside);
  assert.deepEqual(await append(alias), linked(alias));
  assert.deepEqual(await append(dangling), linked(dangling));
  assert.deepEqual(await append(pipe), noFile(pipe));
  assert.deepEqual(await append(inside), noFile(inside));
  await link(file, twin);
  for (const path of [file, twin])
    assert.deepEqual(await append(path), [
      "link",
      `${path} is a hard link: the same file has another name elsewhere.`,
      "Put a copy of the file in its place.",
    ]);
  const lost = join(at, "none", "file");
  assert.deepEqual(await append(lost), [
    "missing",
    `Could not write ${lost}: it does not exist.`,
    "Was the folder moved or deleted during the run?",
  ]);
  assert.equal(await readFile(file, "utf8"), "xx");
  assert.equal(openFiles(), before, "what was opened is closed again");
});

test("a folder is its own where nothing in it, at any depth, is a link or a pipe", async (context) => {
  const at = await folder(context);
  const run = join(at, "run");
  const refused = (files?: readonly string[]) => outcome(() => assertOwnFolder(run, files));
  assert.equal(await refused(), undefined, "none is there");
  const deep = join(run, "a", "b");
  await mkdir(deep, { recursive: true });
  await writeFile(join(run, "file"), "");
  await writeFile(join(deep, "file"), "");
  assert.equal(await refused(["file", "other"]), undefined);
  assert.deepEqual(await refused(["a"]), noFile(join(run, "a")), "a folder in a file's place");
  assert.equal(await refused(["b"]), undefined, "which is said of the folder itself alone");
  for (const folder of [run, deep]) {
    const inside = join(folder, "inside");
    await symlink(at, inside);
    assert.deepEqual(await refused(), linked(inside));
    await rm(inside);
    execFileSync("mkfifo", [inside]);
    assert.deepEqual(await refused(), noFile(inside));
    await rm(inside);
  }
  await rm(run, { recursive: true });
  await symlink(at, run);
  assert.deepEqual(await refused(), linked(run));
  assert.deepEqual(await outcome(() => assertNoLinkAt(run)), linked(run));
  assert.equal(await outcome(() => assertNoLinkAt(at)), undefined);
  assert.equal(await outcome(() => assertNoLinkAt(join(at, "none"))), undefined);
  await rm(run);
  await writeFile(run, "");
  assert.equal(await refused(), undefined, "a file in its place is no run");
});

test("a folder is followed no deeper than a run goes", async (context) => {
  const at = await folder(context);
  const nested = (depth: number) => join(at, ...Array.from({ length: depth }, (_, level) => `${level}`));
  await mkdir(nested(7), { recursive: true });
  await writeFile(join(nested(7), "file"), "");
  assert.equal(await outcome(() => assertOwnFolder(at)), undefined);
  await mkdir(nested(8));
  assert.deepEqual(await outcome(() => assertOwnFolder(at)), [
    "too-large",
    `${at} holds more folders than a run does.`,
    look,
  ]);
  assert.equal(await outcome(() => assertOwnFolder(dirname(nested(2)))), undefined);
});

/** Puts another in the place of the call that reads a folder. */
function replaceReaddir(context: TestContext, readdir: () => Promise<unknown>): void {
  context.mock.method(fs.promises, "readdir", readdir);
  syncBuiltinESMExports();
  context.after(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test("a folder is followed through no more entries than a run has", async (context) => {
  const at = await folder(context);
  const entry = (isFolder: boolean) => ({
    name: "a",
    isSymbolicLink: () => false,
    isFile: () => !isFolder,
    isDirectory: () => isFolder,
  });
  let entries: unknown[] = [];
  replaceReaddir(context, async () => entries.splice(0));
  for (const [files, said] of [
    [99_999, undefined],
    [100_000, ["too-large", `${at} holds more folders than a run does.`, look]],
  ] as const) {
    entries = [...new Array(files).fill(entry(false)), entry(true)];
    assert.deepEqual(await outcome(() => assertOwnFolder(at)), said);
  }
});

test("a folder that cannot be read, and a file that the disk does not give, are told", async (context) => {
  const at = await folder(context);
  const file = join(at, "file");
  await writeFile(file, "x");
  const handle = await open(file);
  await handle.close();
  const broken = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
  const fail = () => Promise.reject(broken);
  const read = context.mock.method(Object.getPrototypeOf(handle) as typeof handle, "read", fail);
  const told = (path: string) => [
    "io",
    `Could not read ${path}: the disk reported an error.`,
    "Check the disk, then run `distill resume`.",
  ];
  assert.deepEqual(await outcome(() => readOwnFile(file, 9)), told(file));
  read.mock.restore();
  const long = join(at, "n".repeat(300));
  const [code, message] = (await outcome(() => assertOwnFolder(long))) as readonly string[];
  assert.equal(code, "io");
  assert.ok(message?.startsWith(`Could not read ${long}: ENAMETOOLONG`), message);
  replaceReaddir(context, fail);
  assert.deepEqual(await outcome(() => assertOwnFolder(at)), told(at));
});
