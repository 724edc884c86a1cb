import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { prepareResume } from "./control.ts";
import { openEventLog } from "./eventLog.ts";
import { holderRecord } from "./holder.ts";
import { interruption } from "./interruption.ts";
import { summarizeRun } from "./list.ts";
import { noFacts, takeIn } from "./logFacts.ts";
import { createRun } from "./runDirectory.ts";

const warning = "A training step of 64 samples takes about 0.5 GB, and the machine has 1.0 GB.";
const warned = { seq: 1, time: 1, type: "warning", code: "memory-tight", message: warning } as const;

function facts(...events: readonly RunEvent[]) {
  const facts = noFacts();
  for (const event of events) takeIn(facts, event);
  return facts;
}

test("a trainer that died: what is known of why, and what it had warned of", async (context) => {
  const run = await mkdtemp(join(tmpdir(), "interruption-"));
  context.after(() => rm(run, { recursive: true }));
  assert.equal(interruption(run, noFacts()), "The trainer ended without an error message.");

  // The kernel's count cannot shrink: one of less than nothing has grown since.
  const dead = { ...holderRecord(process.pid, run), memoryKills: -1 };
  await writeFile(join(run, "lock"), JSON.stringify(dead));
  const found = interruption(run, facts(warned));
  if (process.platform === "linux")
    assert.equal(
      found,
      `The trainer ended without an error message; the system has killed a process that ran out of memory meanwhile, probably this one. It had warned: ${warning}`,
    );
  assert.ok(found.endsWith(`It had warned: ${warning}`), found);
});

test("a run without a checkpoint of any of its networks begins again", async (context) => {
  const runsDirectory = await mkdtemp(join(tmpdir(), "interruption-"));
  context.after(() => rm(runsDirectory, { recursive: true }));
  const { path } = await createRun({
    runsDirectory,
    experimentFile: "/a.distill.json",
    name: "a",
    experiment: {},
  });
  const hint = async () => (await summarizeRun(path))?.hint ?? "";
  await mkdir(join(path, "checkpoints", ".torn"), { recursive: true });
  assert.match(await hint(), /no checkpoint: resuming begins again\.$/);
  for (const network of ["teacher", "studentAlone", ""]) {
    const checkpoint = join(path, network, "checkpoints", "7");
    await mkdir(checkpoint, { recursive: true });
    assert.match(await hint(), /^Resuming continues from the last checkpoint\.$/);
    await rm(checkpoint, { recursive: true });
    assert.match(await hint(), /begins again/);
  }
});

test("a trainer that resumed a run and died before its first event is told, however the run had ended", async (context) => {
  const runsDirectory = await mkdtemp(join(tmpdir(), "interruption-"));
  context.after(() => rm(runsDirectory, { recursive: true }));
  const run = await createRun({
    runsDirectory,
    experimentFile: "/a.distill.json",
    name: "a",
    experiment: {},
  });
  const log = openEventLog(run.events);
  context.after(() => log.close());
  const state = async () => (await summarizeRun(run.path))?.state;
  for (const end of [
    { type: "stopped", reason: "SIGTERM", step: 1 },
    { type: "failed", code: "nan", message: "The loss is NaN." },
  ] as const) {
    log.append(end);
    assert.equal(await state(), end.type);
    await prepareResume(run.path);
    const { state: silent, message } = (await summarizeRun(run.path)) ?? {};
    assert.equal(silent, "interrupted");
    assert.match(
      message ?? "",
      /resumed the run and reported nothing yet; trainer\.log may have the reason\.$/,
    );
    log.append({ type: "phase", phase: "preflight" });
    assert.equal(await state(), "interrupted");
  }
});

test("a trainer that died before it had the lock is known by the record of its start", async (context) => {
  const run = await mkdtemp(join(tmpdir(), "interruption-"));
  context.after(() => rm(run, { recursive: true }));
  const trainer = (since: number, memoryKills: number) =>
    JSON.stringify({ ...holderRecord(process.pid, run), since, memoryKills });
  await writeFile(join(run, "lock"), trainer(1, 1e9));
  await writeFile(join(run, "trainer.pid"), trainer(2, -1));
  if (process.platform === "linux") assert.match(interruption(run, noFacts()), /ran out of memory/);
  await writeFile(join(run, "lock"), trainer(3, 1e9));
  assert.doesNotMatch(interruption(run, noFacts()), /ran out of memory/);
});

test("a run that was copied or moved while it trained says where it was", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "interruption-"));
  context.after(() => rm(folder, { recursive: true }));
  const [run, copy, moved] = ["run", "copy", "moved"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(run);
  await writeFile(join(run, "lock"), JSON.stringify(holderRecord(process.pid, run)));
  await cp(run, copy, { recursive: true });
  assert.match(
    interruption(copy, noFacts()),
    new RegExp(
      `^This is a copy of ${run}, made while that run trained: its lock names process ${process.pid} there`,
    ),
  );
  await rename(run, moved);
  assert.match(
    interruption(moved, noFacts()),
    new RegExp(
      `^The trainer ended without an error message; the run was at ${run} then\\. A trainer whose folder is moved ends\\.$`,
    ),
  );
});

test("a trainer that is started again has warned of nothing yet", () => {
  const started = {
    seq: 2,
    time: 2,
    type: "started",
    runId: "a",
    mode: "resume",
    step: 0,
    totalSteps: 1,
  } as RunEvent;
  assert.equal(facts(warned, started).memoryWarning, undefined);
});
