import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { writeCheckpoint } from "./checkpoints.ts";
import { openEventLog } from "./eventLog.ts";
import { acquireLock, holderRecord } from "./lock.ts";
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
  return { folder, runs, said, newRun };
}

/** Waits until a change is said, and gives the milliseconds that took. */
async function heard(
  said: readonly RunChange[],
  directory: string,
  what: RunChange["what"],
  from = 0,
): Promise<number> {
  const begin = performance.now();
  while (!said.slice(from).some((change) => change.directory === directory && change.what === what)) {
    if (performance.now() - begin > 10_000)
      assert.fail(`${what} was never said; only ${JSON.stringify(said.slice(from))}`);
    await sleep(2);
  }
  return performance.now() - begin;
}

test("a run appears, grows, is locked, ends and goes, in a folder that did not exist", {
  timeout: 60_000,
}, async (context) => {
  const { said, newRun } = await watched(context);
  const run = await newRun();
  await heard(said, run.path, "state");
  const lock = acquireLock(run.path);
  await heard(said, run.path, "state", said.length);
  const log = openEventLog(run.events);
  await sleep(100);
  const delays: number[] = [];
  for (let event = 0; event < 10; event++) {
    const from = said.length;
    log.append({ type: "phase", phase: "train" });
    delays.push(await heard(said, run.path, "events", from));
    await sleep(30);
  }
  const median = delays.sort((a, b) => a - b)[5] ?? Number.NaN;
  context.diagnostic(`an event is heard of after ${median.toFixed(1)} ms`);
  assert.ok(median < 150, `${median} ms`);
  log.close();
  const from = said.length;
  lock.release();
  await heard(said, run.path, "state", from);
  await rm(run.path, { recursive: true });
  await heard(said, run.path, "removed");
});

test("heartbeats, checkpoints and strange files are not worth a word", {
  timeout: 60_000,
}, async (context) => {
  const { runs, said, newRun } = await watched(context);
  const run = await newRun();
  const lock = acquireLock(run.path);
  context.after(() => lock.release());
  await sleep(500);
  const from = said.length;
  await utimes(join(run.path, "lock"), new Date(), new Date());
  await writeCheckpoint(run.path, 1, { tensors: {}, meta: {} });
  await appendFile(join(run.path, "trainer.log"), "noise");
  await writeFile(join(runs, "notes.txt"), "");
  await sleep(500);
  assert.deepEqual(
    said.slice(from).filter(({ directory }) => directory === run.path),
    [],
  );
});

test("a trainer that is killed changes no file, and is noticed all the same", {
  timeout: 60_000,
}, async (context) => {
  const { said, newRun } = await watched(context);
  const run = await newRun();
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  await once(child, "spawn");
  await writeFile(join(run.path, "lock"), JSON.stringify(holderRecord(child.pid ?? 0)));
  await heard(said, run.path, "state");
  await sleep(1500);
  const from = said.length;
  child.kill("SIGKILL");
  assert.ok((await heard(said, run.path, "state", from)) < 3000);
});
