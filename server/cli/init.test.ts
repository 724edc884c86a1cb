import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { smallDisk } from "../../test/support/smallDisk.ts";
import { parse } from "../language/parse.ts";
import { init } from "./init.ts";

const terminal = () => ({ out: new PassThrough(), err: new PassThrough() });

test("a new experiment file is JSON; one that is there stays as it is", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  const name = join(folder, "digits");
  assert.equal(await init(name, {}, terminal()), 0);
  const file = `${name}.distill.json`;
  const text = await readFile(file, "utf8");
  assert.deepEqual(parse(text).problems, []);
  await assert.rejects(init(name, { from: "2" }, terminal()), { code: "exists" });
  assert.equal(await readFile(file, "utf8"), text);
});

test("a full disk is named, and no empty file left on it", async (context) => {
  const disk = await smallDisk(context, "size=64k");
  if (disk === undefined) return;
  const filled = appendFile(join(disk, "ballast"), Buffer.alloc(100_000));
  await assert.rejects(filled, { code: "ENOSPC" });
  const name = join(disk, "digits");
  await assert.rejects(init(name, {}, terminal()), { code: "disk-full", message: /the disk is full/ });
  assert.ok(!existsSync(`${name}.distill.json`));
});
