import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { smallDisk } from "../../test/support/smallDisk.ts";
import { latestCheckpoint, writeCheckpoint } from "./checkpoints.ts";
import { openEventLog } from "./eventLog.ts";
import { acquireLock } from "./lock.ts";
import { readEvents } from "./logReader.ts";
import { createRun } from "./runDirectory.ts";
import type { StoredTensors } from "./safetensors.ts";

const tensors = (step: number, size: number): StoredTensors => ({
  w: { dtype: "float32", shape: [size], data: new Float32Array(size).fill(step) },
});

test("a checkpoint that does not fit leaves the last one whole and says that the disk is full", async (context) => {
  const run = await smallDisk(context);
  if (run === undefined) return;
  await writeCheckpoint(run, 1, {
    tensors: tensors(1, 100_000),
    meta: { step: 1, evaluationsSinceBest: 0, finished: false },
  });
  await assert.rejects(
    writeCheckpoint(run, 2, {
      tensors: tensors(2, 200_000),
      meta: { step: 1, evaluationsSinceBest: 0, finished: false },
    }),
    {
      name: "RunError",
      code: "disk-full",
      message: `Could not write ${join(run, "checkpoints/2")}: the disk is full.`,
      hint: /^Free some space, .*`distill resume`/,
    },
  );
  assert.equal((await latestCheckpoint(run))?.step, 1);
  // Nothing of the attempt stays behind to fill the disk further.
  await writeCheckpoint(run, 2, {
    tensors: tensors(2, 100_000),
    meta: { step: 1, evaluationsSinceBest: 0, finished: false },
  });
  assert.equal((await latestCheckpoint(run))?.step, 2);
});

test("an event that does not fit is an error, and the log goes on when there is space again", async (context) => {
  const run = await smallDisk(context);
  if (run === undefined) return;
  const path = join(run, "events.jsonl");
  const log = openEventLog(path);
  const event = { type: "warning", code: "x", message: "m".repeat(1000) } as const;
  let written = 0;
  assert.throws(
    () => {
      for (; written < 10_000; written++) log.append(event);
    },
    { code: "disk-full", message: `Could not write ${path}: the disk is full.` },
  );
  assert.ok(written > 100);
  assert.equal((await readFile(path)).at(-1), 0x0a, "no torn line stays");
  const last = log.append({ type: "failed", code: "disk-full", message: "m".repeat(1000) });
  assert.equal(last.seq, written, "there is space kept for saying so");
  execFileSync("mount", ["-o", "remount,size=4m", run]);
  assert.equal(log.append(event).seq, written + 1);
  log.close();
  assert.ok((await readEvents(path)).events.every(({ seq }, index) => seq === index));
});

test("a run directory on a read-only file system is refused, naming it", async (context) => {
  const disk = await smallDisk(context);
  if (disk === undefined) return;
  const run = join(disk, "run");
  await mkdir(run);
  await writeFile(join(run, "events.jsonl"), "");
  execFileSync("mount", ["-o", "remount,ro", disk]);
  const readOnly = {
    name: "RunError",
    code: "read-only",
    message: /file system is read-only/,
    hint: /--runs-directory/,
  };
  await assert.rejects(
    createRun({ runsDirectory: join(disk, "runs"), experimentFile: "a", name: "a", experiment: {} }),
    readOnly,
  );
  assert.throws(() => acquireLock(run), readOnly);
  assert.throws(() => openEventLog(join(run, "events.jsonl")), readOnly);
  await assert.rejects(
    writeCheckpoint(run, 1, { tensors: {}, meta: { step: 1, evaluationsSinceBest: 0, finished: false } }),
    readOnly,
  );
});
