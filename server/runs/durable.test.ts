import assert from "node:assert/strict";
import fs from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeFileDurably, writeFolderDurably } from "./durable.ts";

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
  context.after(() => rm(above, { recursive: true, force: true }));
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
