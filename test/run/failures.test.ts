import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { latestCheckpoint } from "../../server/runs/checkpoints.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { smallDisk } from "../support/smallDisk.ts";
import { distill, endless, eventsOf, onlyRun, scene, start, until } from "./support.ts";

type Failed = RunEvent & { type: "failed" };

async function failure(run: string): Promise<Failed> {
  const last = (await eventsOf(run)).at(-1);
  assert.equal(last?.type, "failed", JSON.stringify(last));
  return last as Failed;
}

test("a loss that becomes NaN or infinite stops the run, naming step and term; the last good checkpoint stays", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, {
    with: {
      optimizer: { type: "sgd", learningRate: 1e30 },
      training: { steps: 500, checkpointEvery: 1 },
      schedule: { type: "constant", warmup: 400 },
    },
  });
  const { code, stderr } = await distill(["run", it.file, "--json"]);
  assert.equal(code, 1);
  const run = await onlyRun(it);
  const { code: name, message, hint, step } = await failure(run);
  assert.equal(name, "not-finite");
  assert.match(message, /Step \d+: the (term (kd|ce)|loss|norm of the gradients) is (NaN|-?Infinity)/);
  assert.match(hint ?? "", /learningRate.* The last good checkpoint is kept\.$/);
  assert.match(stderr, /^Failed: Step \d+/m);
  assert.equal((await latestCheckpoint(run))?.step, (step ?? 0) - 1);
  for (const { data } of Object.values((await latestCheckpoint(run))?.tensors ?? {}))
    assert.ok(
      data.every((value) => Number.isFinite(value)),
      "the checkpoint before holds nothing that is not finite",
    );
  assert.equal((await summarizeRun(run))?.state, "failed");
});

test("a loss that becomes NaN before the first checkpoint promises none", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, {
    with: { optimizer: { type: "sgd", learningRate: 1e30 }, training: { steps: 500, checkpointEvery: 400 } },
  });
  assert.equal((await distill(["run", it.file, "--json"])).code, 1);
  const run = await onlyRun(it);
  const { code, hint } = await failure(run);
  assert.equal(code, "not-finite");
  assert.match(hint ?? "", /learningRate/);
  assert.doesNotMatch(hint ?? "", /checkpoint/);
  assert.equal(await latestCheckpoint(run), undefined);
});

test("a data file that is gone is named: by the check before a run, by the trainer on resume", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { training: { steps: endless, reportEvery: 20 } } });
  const command = start(["run", it.file, "--json"]);
  await until(() => (command.output().includes('"type":"step"') ? true : undefined));
  command.signal("SIGINT");
  assert.equal((await command.finished).code, 130);
  await rename(join(it.folder, "train.csv"), join(it.folder, "moved.csv"));

  const again = await distill(["run", it.file], { cwd: it.folder });
  assert.equal(again.code, 2);
  assert.match(again.stderr, /^clusters\.distill\.json:\d+:\d+: \S+ .*train\.csv.*No such file/m);
  const run = await onlyRun(it); // nothing was created

  const resumed = await distill(["resume", run]);
  assert.equal(resumed.code, 1);
  assert.match(resumed.stderr, /^Failed: .*train\.csv/m);
  assert.match((await failure(run)).message, /train\.csv/);

  await rename(join(it.folder, "moved.csv"), join(it.folder, "train.csv"));
  const better = start(["resume", run, "--json"]);
  await until(() => (better.output().includes('"type":"step"') ? true : undefined));
  better.signal("SIGINT");
  assert.equal((await better.finished).code, 130, "a failed run can be resumed once the cause is gone");
});

test("where the file is wrong, nothing is created and the exit code is 2", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context);
  for (const set of [
    "optimizer.learningRat=1",
    "losses[3].temperature=1",
    "seed",
    "student.layers[0].units=none",
  ]) {
    const { code, stderr, stdout } = await distill(["run", it.file, "--set", set]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.startsWith(`--set ${set}: `) || stderr.includes(`\n--set ${set}: `), stderr);
  }
  assert.equal(existsSync(join(it.folder, ".distill")), false);
});

test("a full disk ends the run with a clear error and the last good checkpoint; with space it goes on", {
  timeout: 600_000,
}, async (context) => {
  const disk = await smallDisk(context, "size=1m");
  if (disk === undefined) return;
  const it = await scene(context, {
    with: { training: { steps: endless, checkpointEvery: 50 } },
  });
  const { code, stderr } = await distill(["run", it.file, "--json", "--runs-directory", join(disk, "runs")]);
  assert.equal(code, 1);
  assert.match(stderr, /^Failed: Could not write .*: the disk is full\.$/m);
  assert.match(stderr, /Free some space/);
  const run = await onlyRun({ ...it, runs: join(disk, "runs") });
  assert.equal((await failure(run)).code, "disk-full");
  const good = (await latestCheckpoint(run)) ?? assert.fail("no checkpoint");
  assert.ok(good.step >= 50);

  execFileSync("mount", ["-o", "remount,size=64m", disk]);
  const command = start(["resume", run, "--json"]);
  await until(() => (command.output().includes('"type":"checkpoint"') ? true : undefined));
  command.signal("SIGINT");
  assert.equal((await command.finished).code, 130);
  const events = await eventsOf(run);
  assert.ok(events.every(({ seq }, index) => seq === index));
  assert.ok(((await latestCheckpoint(run))?.step ?? 0) > good.step);
});

test("a folder that cannot be written is refused before any training", {
  timeout: 600_000,
}, async (context) => {
  const disk = await smallDisk(context, "size=1m,ro");
  if (disk === undefined) return;
  const it = await scene(context);
  const { code, stderr } = await distill(["run", it.file, "--runs-directory", join(disk, "runs")]);
  assert.equal(code, 1);
  assert.match(stderr, /Could not create .*runs: the file system is read-only\./);
  assert.match(stderr, /--runs-directory/);
});

test("a run directory that is deleted under its trainer ends the trainer and does not come back", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { training: { steps: endless, checkpointEvery: 500 } } });
  const command = start(["run", it.file, "--json"]);
  await until(() => (command.output().includes('"type":"step"') ? true : undefined));
  const run = await onlyRun(it);
  await rm(run, { recursive: true, force: true, maxRetries: 5 });
  assert.equal((await command.finished).code, 1);
  assert.equal(existsSync(run), false);
});

test("a trainer that cannot even begin is reported with the end of its log", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context);
  const { stdout } = await distill(["run", it.file, "--detach"]);
  const run = join(it.runs, stdout.trim());
  await until(async () => ((await summarizeRun(run))?.state !== "running" ? true : undefined));
  await writeFile(join(run, "events.jsonl"), "");
  await writeFile(join(run, "experiment.json"), "{");
  const { code, stderr } = await distill(["resume", run]);
  assert.equal(code, 1);
  assert.match(stderr, /experiment\.json/);
});
