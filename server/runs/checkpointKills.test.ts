import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { contentOf } from "../../test/support/checkpointContent.ts";
import { latestCheckpoint, writeCheckpoint } from "./checkpoints.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "checkpoints-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("killed before any of its calls to the file system, a write leaves a whole checkpoint", {
  timeout: 600_000, // a process for each call, one after the other
}, async (context) => {
  const calls = await killedAt(await folder(context), Number.POSITIVE_INFINITY);
  assert.ok(calls >= 20, `a write that replaces another is ${calls} calls`);
  let torn = 0;
  for (let call = 0; call < calls; call++) {
    const run = await folder(context);
    await killedAt(run, call);
    const left = await readdir(join(run, "checkpoints"));
    if (left.some((name) => name.endsWith(".tmp"))) torn += 1;
    const latest = (await latestCheckpoint(run)) ?? assert.fail(`none after a kill at call ${call}: ${left}`);
    const value = (latest.meta as { step: number }).step;
    assert.ok(value === 1 || value === 2, `the one before or the new one, not ${value}`);
    assert.deepEqual({ ...latest.tensors }, contentOf(value).tensors);
    await writeCheckpoint(run, 7, contentOf(3));
    assert.deepEqual(await readdir(join(run, "checkpoints")), ["7"], "what the kill left is swept");
    assert.deepEqual((await latestCheckpoint(run))?.meta, contentOf(3).meta);
  }
  assert.ok(torn > calls / 2, `${torn} of ${calls} kills left an unfinished folder`);
});

/**
 * A process writes checkpoint 7, then replaces it, and in that ends itself before the call to the file system with this number.
 * @returns how many calls it made
 */
async function killedAt(run: string, call: number): Promise<number> {
  const writer = spawn(process.execPath, ["--input-type=module", "-e", replacing(run, call)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [, signal]] = await Promise.all([text(writer.stdout), once(writer, "close")]);
  assert.equal(signal, call === Number.POSITIVE_INFINITY ? null : "SIGKILL");
  return Number(said);
}

const replacing = (run: string, call: number) => `
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  import { writeCheckpoint } from ${JSON.stringify(new URL("./checkpoints.ts", import.meta.url).href)};
  ${contentOf.toString()}
  const run = ${JSON.stringify(run)};
  await writeCheckpoint(run, 7, contentOf(1));
  let calls = 0;
  const counted = (owner, name) => {
    const made = owner[name];
    owner[name] = function (...words) {
      if (calls++ === ${call}) process.kill(process.pid, "SIGKILL");
      return made.apply(this, words);
    };
  };
  const probe = await fs.promises.open(process.execPath);
  const handle = Object.getPrototypeOf(probe);
  await probe.close();
  for (const name of ["writeFile", "sync", "close"]) counted(handle, name);
  for (const name of ["open", "rm", "stat", "readdir"]) counted(fs.promises, name);
  for (const name of ["mkdirSync", "renameSync"]) counted(fs, name);
  syncBuiltinESMExports();
  await writeCheckpoint(run, 7, contentOf(2));
  process.stdout.write(String(calls));
`;
