import assert from "node:assert/strict";
import fs, { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { ownMark } from "../ownMark.ts";
import {
  makeFolder,
  makeFolders,
  remove,
  removeTemporaries,
  replacedSuffix,
  syncFolder,
  writeFileDurably,
  writeFolderDurably,
} from "./durable.ts";
import { acquireLock } from "./lock.ts";

/** What reaches the file system while `work` goes on, in order; temporary names without their numbers. */
async function callsOf(work: () => Promise<void>): Promise<string[]> {
  const calls: string[] = [];
  const names = new Map<unknown, string>();
  const short = (path: unknown) =>
    basename(String(path)).replace(/^\.(.*)\.[0-9a-f]{8}\.\d+\.\d+\.tmp$/, "$1~");
  const { renameSync } = fs;
  const { open } = fs.promises;
  const probe = await open(process.execPath);
  const handle = Object.getPrototypeOf(probe);
  await probe.close();
  const { sync } = handle;
  fs.promises.open = async (...words) => {
    const file = await open(...words);
    names.set(file, short(words[0]));
    return file;
  };
  fs.renameSync = (from, to) => {
    calls.push(`${short(from)} becomes ${short(to)}`);
    renameSync(from, to);
  };
  handle.sync = function (this: unknown) {
    calls.push(`${names.get(this)} is on the disk`);
    return sync.call(this);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    fs.renameSync = renameSync;
    fs.promises.open = open;
    handle.sync = sync;
    syncBuiltinESMExports();
  }
  return calls;
}

async function folder(context: TestContext): Promise<string> {
  const above = await mkdtemp(join(tmpdir(), "durable-"));
  context.after(async () => {
    restore();
    await rm(above, { recursive: true, force: true });
  });
  const path = join(above, "run");
  await mkdir(path);
  return path;
}

test("a file's content is on the disk before it takes the name, and the name before the write is over", {
  skip: process.platform === "win32" && "folders are not synced there",
}, async (context) => {
  const run = await folder(context);
  assert.deepEqual(await callsOf(() => writeFileDurably(join(run, "job.json"), "{}")), [
    "job.json~ is on the disk",
    "job.json~ becomes job.json",
    "run is on the disk",
  ]);
});

test("a folder is whole and on the disk before the one before it moves aside, and that goes last", {
  skip: process.platform === "win32" && "folders are not synced there",
}, async (context) => {
  const run = await folder(context);
  const write = () => writeFolderDurably(join(run, "best"), { a: "1", b: "2" });
  const whole = ["a is on the disk", "b is on the disk", "best~ is on the disk"];
  assert.deepEqual(await callsOf(write), [...whole, "best~ becomes best", "run is on the disk"]);
  assert.deepEqual(await callsOf(write), [
    ...whole,
    "best becomes best.replaced",
    "best~ becomes best",
    "run is on the disk",
  ]);
});

const { mkdirSync, renameSync } = fs;
const { open, rm: realRm } = fs.promises;

/** Puts others in the place of calls to the file system. */
function replace({
  promises = {},
  ...calls
}: Partial<Omit<typeof fs, "promises">> & { promises?: Partial<typeof fs.promises> }): void {
  Object.assign(fs, calls);
  Object.assign(fs.promises, promises);
  syncBuiltinESMExports();
}

function restore(): void {
  Object.assign(fs, { mkdirSync, renameSync });
  Object.assign(fs.promises, { open, rm: realRm });
  syncBuiltinESMExports();
}

const refusing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

/** Every file and folder with what is in the files, temporary names without their numbers. */
async function contentOf(path: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const inside = join(entry.parentPath, entry.name);
      return [
        inside.slice(path.length + 1).replaceAll("\\", "/"),
        entry.isFile() ? readFileSync(inside, "utf8") : "/",
      ];
    }),
  );
}

test("a file or a folder that cannot take its name leaves what was there, and nothing beside it", async (context) => {
  const run = await folder(context);
  const [file, best] = [join(run, "job.json"), join(run, "best")];
  await writeFileDurably(file, "1");
  await writeFolderDurably(best, { a: "1" });
  const before = await contentOf(run);
  replace({ renameSync: refusing("ENOSPC") });
  const full = (path: string) => ({
    name: "RunError",
    code: "disk-full",
    message: `Could not write ${path}: the disk is full.`,
  });
  await assert.rejects(writeFileDurably(file, "2"), full(file));
  await assert.rejects(writeFolderDurably(best, { a: "2" }), full(best));
  assert.deepEqual(await contentOf(run), before);
  // What went wrong first is what is told.
  replace({ promises: { rm: async () => refusing("EACCES")() } });
  await assert.rejects(writeFileDurably(file, "2"), full(file));
  await assert.rejects(writeFolderDurably(join(run, "new"), { a: "2" }), full(join(run, "new")));
});

test("a folder that is written takes the place of another, and of what replaced one before", async (context) => {
  const run = await folder(context);
  const path = join(run, "a", "best");
  await writeFolderDurably(path, { a: "1", b: "2" });
  assert.deepEqual(await contentOf(run), { a: "/", "a/best": "/", "a/best/a": "1", "a/best/b": "2" });
  await mkdir(path + replacedSuffix);
  await writeFile(join(path + replacedSuffix, "old"), "");
  await writeFolderDurably(path, { a: Buffer.from("3") });
  assert.deepEqual(await contentOf(run), { a: "/", "a/best": "/", "a/best/a": "3" });
});

test("where a file has the name of a folder that is to be written, that is an error", async (context) => {
  const run = await folder(context);
  const path = join(run, "best");
  await writeFile(path, "1");
  await assert.rejects(writeFolderDurably(path, { a: "1" }), { code: "missing" });
  assert.deepEqual(await contentOf(run), { best: "1" });
});

test("a file that is written at once with others has a name of its own until then", async (context) => {
  const run = await folder(context);
  const path = join(run, "a");
  await Promise.all(["1", "2", "3"].map((text) => writeFileDurably(path, text)));
  assert.deepEqual(Object.keys(await contentOf(run)), ["a"]);
});

test("a temporary name tells host and process, and is taken over by no link", async (context) => {
  const run = await folder(context);
  const opened: unknown[] = [];
  replace({
    promises: {
      open: (...words) => {
        opened.push(words.slice(0, 2));
        return open(...words);
      },
    },
  });
  await writeFileDurably(join(run, "a"), "1");
  const [[temporary = "", flags] = []] = opened as string[][];
  assert.ok(temporary.startsWith(join(run, `.a.${ownMark()}.`)), temporary);
  assert.match(temporary, /\.\d+\.tmp$/);
  assert.equal(flags, "wx");
});

test("folders are made on the way, those that are there are left, and a folder alone is made in one that is there", async (context) => {
  const run = await folder(context);
  const deep = join(run, "a", "b", "c");
  assert.throws(() => makeFolder(deep), { code: "ENOENT" });
  makeFolders(deep);
  assert.equal(existsSync(deep), true);
  makeFolders(deep);
  makeFolder(deep);
  assert.deepEqual(await contentOf(run), { a: "/", "a/b": "/", "a/b/c": "/" });
  makeFolders(join(run, ".distill", "runs"));
  assert.match(readFileSync(join(run, ".distill", ".gitignore"), "utf8"), /^\*$/m);
  assert.equal(existsSync(join(run, "a", ".gitignore")), false);
});

test("folders that cannot be made are an error, with the disk's own reason", async (context) => {
  const run = await folder(context);
  await writeFile(join(run, "a"), "");
  assert.throws(() => makeFolders(join(run, "a", "b")), { code: "ENOTDIR" });
  const asked: string[] = [];
  replace({
    mkdirSync: ((path: string) => {
      asked.push(path);
      return refusing(path === join(run, "b") ? "EROFS" : "ENOENT")();
    }) as typeof fs.mkdirSync,
  });
  assert.throws(() => makeFolders(join(run, "b", "c")), { code: "EROFS" });
  assert.deepEqual(asked, [join(run, "b", "c"), join(run, "b")]);
  replace({ mkdirSync: refusing("ENOENT") as typeof fs.mkdirSync });
  assert.throws(() => makeFolders(join(run, "b", "c")), {
    code: "read-only",
    message: `Could not create ${join(run, "b")}: ${run} takes no new folders.`,
  });
});

test("what writers left is removed by name: that of earlier versions, of dead ones, of other machines if asked", async (context) => {
  const run = await folder(context);
  const living = `.a.${ownMark()}.1.tmp`;
  const dead = `.a.${ownMark().replace(/\d+$/, "999999999")}.1.tmp`;
  const elsewhere = ".a.00000000.1.1.tmp";
  const older = [".3.99.1.tmp", ".a.1.tmp", ".a.12.tmp"];
  const kept = ["a.1.tmp", ".a.1.tmpx", ".a.tmp", ".a.x.tmp", "x.a.1.tmp", living].sort();
  const make = async () => {
    for (const name of [...kept, ...older, dead, elsewhere]) await writeFile(join(run, name), "");
    await mkdir(join(run, ".b.7.tmp", "c"), { recursive: true });
  };
  await make();
  await removeTemporaries(run, { others: false });
  assert.deepEqual((await readdir(run)).sort(), [...kept, elsewhere].sort());
  await make();
  await removeTemporaries(run);
  assert.deepEqual((await readdir(run)).sort(), kept);
  await removeTemporaries(join(run, "gone"));
});

test("what is removed may be a file, a folder, or gone", async (context) => {
  const run = await folder(context);
  await writeFile(join(run, "a"), "");
  await mkdir(join(run, "b", "c"), { recursive: true });
  for (const name of ["a", "b", "b"]) await remove(join(run, name));
  assert.deepEqual(await readdir(run), []);
});

test("nothing is written, moved, made or removed in a run whose lock is lost", async (context) => {
  const run = await folder(context);
  await writeFile(join(run, "a"), "1");
  await mkdir(join(run, "best"));
  const lock = acquireLock(run);
  context.after(() => lock.release());
  await rm(join(run, "lock"));
  const lost = { code: "lock-lost" };
  await assert.rejects(writeFileDurably(join(run, "a"), "2"), lost);
  await assert.rejects(writeFolderDurably(join(run, "best"), { a: "2" }), lost);
  await assert.rejects(remove(join(run, "a")), lost);
  assert.throws(() => makeFolder(join(run, "b")), lost);
  assert.deepEqual(await contentOf(run), { a: "1", best: "/" });
  const opened: unknown[] = [];
  replace({ promises: { open: (async (path: string) => opened.push(path)) as unknown as typeof open } });
  await assert.rejects(writeFileDurably(join(run, "a"), "2"), lost);
  assert.deepEqual(opened, [], "not even beside it");
});

test("a lock that is lost while a file is written keeps it from its name", async (context) => {
  const run = await folder(context);
  await writeFile(join(run, "a"), "1");
  const lock = acquireLock(run);
  context.after(() => lock.release());
  replace({
    promises: {
      open: async (...words) => {
        const handle = await open(...words);
        await realRm(join(run, "lock"), { force: true });
        return handle;
      },
    },
  });
  await assert.rejects(writeFileDurably(join(run, "a"), "2"), { code: "lock-lost" });
  assert.equal(readFileSync(join(run, "a"), "utf8"), "1");
});

test("a folder is synced and closed, and not on Windows, which cannot open one", async (context) => {
  const run = await folder(context);
  const real = Object.getOwnPropertyDescriptor(process, "platform") as PropertyDescriptor;
  context.after(() => Object.defineProperty(process, "platform", real));
  const calls: string[] = [];
  replace({
    promises: {
      open: (async (path: string, flags: string) => {
        calls.push(`${path === run} ${flags}`);
        return { sync: async () => calls.push("sync"), close: async () => calls.push("close") };
      }) as unknown as typeof open,
    },
  });
  for (const platform of ["linux", "win32"]) {
    Object.defineProperty(process, "platform", { ...real, value: platform });
    await syncFolder(run);
  }
  assert.deepEqual(calls, ["true r", "sync", "close"]);
});

test("a file that cannot be synced is closed", async (context) => {
  const run = await folder(context);
  const calls: string[] = [];
  const handle = {
    writeFile: async () => calls.push("write"),
    sync: async () => {
      calls.push("sync");
      refusing("EIO")();
    },
    close: async () => calls.push("close"),
  };
  replace({ promises: { open: (async () => handle) as unknown as typeof open } });
  await assert.rejects(writeFileDurably(join(run, "a"), "1"), {
    code: "io",
    message: `Could not write ${join(run, "a")}: the disk reported an error.`,
  });
  await assert.rejects(syncFolder(run), { code: "EIO" });
  assert.deepEqual(calls, ["write", "sync", "close", "sync", "close"]);
});
