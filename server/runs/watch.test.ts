import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { writeCheckpoint } from "./checkpoints.ts";
import { openEventLog } from "./eventLog.ts";
import { holderRecord } from "./holder.ts";
import { acquireLock } from "./lock.ts";
import { createRun } from "./runDirectory.ts";
import { type RunChange, watchRuns } from "./watch.ts";

/** A folder of runs that does not exist yet, with its watcher and what that has said. */
async function watched(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "watch-"));
  const runs = join(folder, ".distill", "runs");
  const said: RunChange[] = [];
  const watcher = watchRuns(runs, (change) => said.push(change));
  context.after(async () => {
    watcher.close();
    await rm(folder, { recursive: true, force: true });
  });
  const newRun = () =>
    createRun({
      runsDirectory: runs,
      experimentFile: join(folder, "a.distill.json"),
      name: "a",
      experiment: {},
    });
  /** All that has happened in the folder so far has been said once another run in it is. */
  const allReported = async () => heard(said, (await newRun()).path, "state");
  return { folder, runs, said, newRun, allReported };
}

/** Waits until a change is said. */
async function heard(
  said: readonly RunChange[],
  directory: string,
  what: RunChange["what"],
  from = 0,
): Promise<void> {
  const begin = performance.now();
  while (!said.slice(from).some((change) => change.directory === directory && change.what === what)) {
    if (performance.now() - begin > 60_000)
      assert.fail(`${what} was never said; only ${JSON.stringify(said.slice(from))}`);
    await sleep(2);
  }
}

test("a run appears, grows, is locked, ends and goes, in a folder that did not exist", {
  timeout: 180_000,
}, async (context) => {
  const { said, newRun } = await watched(context);
  const run = await newRun();
  await heard(said, run.path, "state");
  const lock = acquireLock(run.path);
  await heard(said, run.path, "state", said.length);
  const log = openEventLog(run.events);
  for (let event = 0; event < 10; event++) {
    const from = said.length;
    log.append({ type: "phase", phase: "train" });
    await heard(said, run.path, "events", from);
  }
  log.close();
  const from = said.length;
  lock.release();
  await heard(said, run.path, "state", from);
  await rm(run.path, { recursive: true });
  await heard(said, run.path, "removed");
});

test("heartbeats, checkpoints and strange files are not worth a word", {
  timeout: 180_000,
}, async (context) => {
  const { runs, said, newRun, allReported } = await watched(context);
  const run = await newRun();
  const lock = acquireLock(run.path);
  context.after(() => lock.release());
  await allReported();
  const from = said.length;
  await utimes(join(run.path, "lock"), new Date(), new Date());
  await writeCheckpoint(run.path, 1, {
    tensors: {},
    meta: { step: 1, evaluationsSinceBest: 0, finished: false },
  });
  await appendFile(join(run.path, "trainer.log"), "noise");
  await writeFile(join(runs, "notes.txt"), "");
  await allReported();
  assert.deepEqual(
    said.slice(from).filter(({ directory }) => directory === run.path),
    [],
  );
});

test("a trainer that is killed changes no file, and is noticed all the same", {
  timeout: 180_000,
}, async (context) => {
  const { said, newRun, allReported } = await watched(context);
  const run = await newRun();
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  context.after(() => child.kill("SIGKILL"));
  await once(child, "spawn");
  const record = join(run.path, "lock.new");
  await writeFile(record, JSON.stringify(holderRecord(child.pid ?? 0, run.path)));
  await rename(record, join(run.path, "lock")); // whole at once, as a trainer's
  await allReported();
  const from = said.length;
  child.kill("SIGKILL");
  await heard(said, run.path, "state", from);
});
