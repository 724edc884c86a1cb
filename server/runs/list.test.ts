import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { NewEvent } from "../../schemas/newEvent.ts";
import type { PlannedWork, RunResult } from "../../schemas/run-event.gen.ts";
import { deleteRun, prepareResume, stopRun } from "./control.ts";
import { longestLine } from "./eventLine.ts";
import { openEventLog } from "./eventLog.ts";
import { holderRecord } from "./holder.ts";
import { newReading, type SummaryCache } from "./knownLogs.ts";
import { listRuns, notifyChanges, summarizeRun } from "./list.ts";
import { acquireLock } from "./lock.ts";
import { createRun, newRunId, type RunDirectory, readJob, writeJob } from "./runDirectory.ts";

async function newRun(context: TestContext, name = "mnist"): Promise<RunDirectory & { runs: string }> {
  const runs = await mkdtemp(join(tmpdir(), "runs-"));
  context.after(() => rm(runs, { recursive: true, force: true }));
  const run = await createRun({
    runsDirectory: runs,
    experimentFile: join(runs, "mnist.distill.json"),
    name,
    experiment: { seed: 1 },
  });
  return { ...run, runs };
}

function write(run: RunDirectory, events: readonly NewEvent[], now: () => number = Date.now): void {
  const log = openEventLog(run.events, now);
  for (const event of events) log.append(event);
  log.close();
}

const started: NewEvent = {
  type: "started",
  runId: "r",
  mode: "start",
  step: 0,
  totalSteps: 100,
  parameters: { student: 50_890 },
};
const step = (step: number): NewEvent => ({
  type: "step",
  step,
  epoch: step / 10,
  loss: 1 / step,
  terms: {},
  learningRate: 0.1,
  gradNorm: 1,
  stepMs: 1,
  dataMs: 0,
  samplesPerSecond: 1,
});
const evaluation: NewEvent = {
  type: "evaluation",
  split: "validation",
  step: 10,
  epoch: 1,
  metrics: { accuracy: 0.9 },
};

test("ids sort by time to the millisecond, say what the run is, and stay short", () => {
  const at = (second: number, millisecond = 0) =>
    newRunId("Größe: MNIST / 2×", new Date(Date.UTC(2025, 0, 31, 4, 5, second, millisecond)));
  assert.match(at(6, 78), /^20250131-040506\.078-gro-e-mnist-2-[0-9a-f]{3}$/);
  assert.ok(at(6, 999) < at(7));
  assert.ok(at(6, 9) < at(6, 10));
  assert.match(newRunId("日本", new Date()), /-run-[0-9a-f]{3}$/);
  assert.match(newRunId("../../etc/passwd", new Date()), /-etc-passwd-[0-9a-f]{3}$/);
});

test("a run that was handed to a queue waits there until a trainer reports something, and again after its time limit", async (context) => {
  const run = await newRun(context);
  const place = async () => {
    const { state, queued, place } = (await summarizeRun(run.path)) ?? assert.fail();
    return [state, queued, place];
  };
  await writeJob(run, { ...(await readJob(run)), queued: {} });
  assert.deepEqual(await place(), ["running", true, "pending"]);
  await assert.rejects(deleteRun(run.path), { code: "locked", message: /waits in a queue/ });
  const lock = acquireLock(run.path, { attempt: { job: 7, restarts: 2, node: "n1" } });
  assert.deepEqual(await place(), ["running", undefined, "on n1, requeued 2x"]);
  write(run, [started, step(1)], () => 1000);
  lock.release();
  assert.deepEqual(await place(), ["interrupted", undefined, undefined]);
  write(run, [{ type: "stopped", reason: "time limit", step: 1 }], () => 2000);
  assert.deepEqual(await place(), ["stopped", undefined, undefined]);
  await writeJob(run, { ...(await readJob(run)), lastEventAt: 2000 });
  assert.deepEqual(await place(), ["running", true, "pending"]);
});

test("runs made one after the other in the same millisecond list in that order", async (context) => {
  const { runs } = await newRun(context);
  const now = new Date();
  const made: string[] = [];
  // Names in falling order: it is not they that sort.
  for (const name of ["z", "m", "a", "m"]) {
    const run = { runsDirectory: runs, experimentFile: name, name, experiment: {} };
    made.push((await createRun(run, now)).id);
  }
  const listed = (await listRuns(runs)).map(({ id }) => id).filter((id) => made.includes(id));
  assert.deepEqual(listed, made.toReversed());
});

test("a hundred runs made at once have different directories", async (context) => {
  const { runs } = await newRun(context);
  const now = new Date();
  const made = await Promise.all(
    Array.from({ length: 100 }, () =>
      createRun({ runsDirectory: runs, experimentFile: "a", name: "a", experiment: {} }, now),
    ),
  );
  assert.equal(new Set(made.map(({ path }) => path)).size, 100);
});

test("the state follows from the end of the log and from who holds the lock", async (context) => {
  const run = await newRun(context);
  const state = async () => (await summarizeRun(run.path))?.state;
  assert.equal(await state(), "interrupted", "never begun");
  const lock = acquireLock(run.path);
  assert.equal(await state(), "running");
  write(run, [started, step(1)]);
  assert.equal(await state(), "running");
  lock.release();
  assert.equal(await state(), "interrupted");
  await writeFile(
    join(run.path, "lock"),
    JSON.stringify({ ...holderRecord(process.pid, run.path), startTime: "boot:1" }),
  );
  assert.equal(await state(), "interrupted", "the lock of a dead trainer");
  const again = acquireLock(run.path);
  write(run, [{ type: "stopped", reason: "SIGTERM", step: 1 }], () => Date.now() + 1);
  assert.equal(await state(), "stopped", "about to end");
  again.release();
  assert.equal(await state(), "stopped");
  const resumed = acquireLock(run.path);
  write(run, [{ type: "warning", code: "late", message: "" }]);
  resumed.release();
  write(run, [started, { type: "failed", message: "The loss is NaN." }]);
  assert.deepEqual([await state(), (await summarizeRun(run.path))?.message], ["failed", "The loss is NaN."]);
  const result: RunResult = {
    runId: "r",
    steps: 100,
    epochs: 10,
    seconds: 12.5,
    engine: "e",
    device: "cpu",
    parameters: 50_890,
    gapRecovered: 0.5,
    gain: {
      split: "validation",
      samples: 200,
      difference: 0.05,
      interval: [0.01, 0.09],
      mcnemar: { b: 14, c: 4, p: 0.031 },
    },
    baselines: { studentAlone: { accuracy: 0.8 } },
    teacher: { accuracy: 0.99 },
  };
  write(run, [started, { type: "completed", summary: result }]);
  const { startedAt: _, directory: __, ...summary } = (await summarizeRun(run.path)) ?? assert.fail();
  assert.deepEqual(summary, {
    id: run.id,
    experiment: join(run.runs, "mnist.distill.json"),
    name: "mnist",
    state: "completed",
    elapsedSeconds: 12.5,
    step: 100,
    totalSteps: 100,
    epoch: 10,
    parameters: 50_890,
    metrics: {
      "train.loss": 1,
      "teacher.validation.accuracy": 0.99,
      "studentAlone.validation.accuracy": 0.8,
      "validation.gapRecovered": 0.5,
      "validation.gain": 0.05,
    },
    gain: {
      split: "validation",
      brief: "+5.00 [+1.00, +9.00] points on validation",
      text: "+5.00 points, 95 % [+1.00, +9.00], McNemar p 0.031, of 200 validation samples",
    },
  });
});

test("a run has the warnings of its manifest, that of an earlier version its doubt of the teacher", async (context) => {
  const run = await newRun(context);
  write(run, [started]);
  const warningsOf = async (manifest: object) => {
    await writeFile(run.manifest, JSON.stringify(manifest));
    return (await summarizeRun(run.path))?.warnings;
  };
  const warnings = [{ code: "teacher-chance", message: "The teacher is right for 10.0 %." }];
  assert.deepEqual(await warningsOf({ format: 2, warnings }), warnings);
  assert.equal(await warningsOf({ format: 2, warnings: [] }), undefined);
  assert.deepEqual(await warningsOf({ format: 2, teacherDoubt: "It is fed raw." }), [
    { code: "teacher-doubt", message: "It is fed raw." },
  ]);
});

test("a resumed run is running before its first event, though its log ends with `stopped`", async (context) => {
  const run = await newRun(context);
  write(run, [started, { type: "stopped", reason: "SIGTERM", step: 0 }], () => Date.now() - 1000);
  const lock = acquireLock(run.path);
  context.after(() => lock.release());
  assert.equal((await summarizeRun(run.path))?.state, "running");
});

test("a trainer that ends while its run is looked at has not been killed", async (context) => {
  const run = await newRun(context);
  write(run, [started, step(1)]);
  const lock = acquireLock(run.path);
  class EndsOnceRead extends Map {
    override set(key: unknown, value: unknown): this {
      if (this.size === 0) {
        write(run, [{ type: "stopped", reason: "SIGTERM", step: 1 }]);
        lock.release();
      }
      return super.set(key, value);
    }
  }
  assert.equal((await summarizeRun(run.path, new EndsOnceRead() as SummaryCache))?.state, "stopped");
});

test("a trainer that was just started counts, by its pid, until it is dead", async (context) => {
  const run = await newRun(context);
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  await once(child, "spawn");
  await writeFile(join(run.path, "trainer.pid"), JSON.stringify(holderRecord(child.pid ?? 0, run.path)));
  assert.equal((await summarizeRun(run.path))?.state, "running");
  assert.equal(stopRun(run.path), child.pid);
  await once(child, "exit");
  assert.equal((await summarizeRun(run.path))?.state, "interrupted");
  assert.equal(stopRun(run.path), undefined);
});

test("a run says what its settings changed against the run before it of the same experiment", async (context) => {
  const run = await newRun(context);
  const another = (file: string, experiment: object) =>
    createRun({ runsDirectory: run.runs, experimentFile: file, name: "mnist", experiment });
  const file = (await readJob(run)).experimentFile;
  write(await another(join(run.runs, "other.distill.json"), { seed: 5 }), [started]);
  write(await another(file, { seed: 2, training: { epochs: 3 } }), [started]);
  write(await another(file, { seed: 2, training: { epochs: 3 } }), [started]);
  const cache: SummaryCache = new Map();
  notifyChanges(cache);
  for (const time of ["first", "again"]) {
    const changes = (await listRuns(run.runs, cache)).map((each) => each.changes);
    assert.deepEqual(changes, [undefined, ["seed 1 → 2", "with epochs 3"], undefined, undefined], time);
  }
});

test("pace and time to go come from the latest steps", async (context) => {
  const run = await newRun(context);
  const lock = acquireLock(run.path);
  context.after(() => lock.release());
  let clock = 0;
  write(
    run,
    [started, ...Array.from({ length: 20 }, (_, index) => step(index + 1)), evaluation],
    () => (clock += 500),
  );
  const summary = await summarizeRun(run.path);
  assert.equal(summary?.step, 20);
  assert.equal(summary?.etaSeconds, 40, "80 steps of half a second");
  assert.equal(summary?.metrics["validation.accuracy"], 0.9);
});

test("steps that are reported in the same millisecond say nothing of the pace, after a resume neither", async (context) => {
  const run = await newRun(context);
  const lock = acquireLock(run.path);
  context.after(() => lock.release());
  const total = 1_000_000_000;
  const plan: PlannedWork[] = [
    { phase: "teacher", subject: "teacher", total: 100, cost: 2e9 },
    { phase: "train", total, cost: 6e15 },
  ];
  const begun = { ...started, totalSteps: total, plan } as const;
  let clock = 0;
  const log: readonly (readonly [seconds: number, event: NewEvent])[] = [
    [1, { ...begun, mode: "resume", step: 105 }],
    [1, { type: "phase", phase: "teacher" }],
    [1.5, { type: "phase", phase: "train" }],
    [2, step(106)],
    [2, step(107)],
    [2.1, step(108)],
  ];
  const times = log.map(([seconds]) => 1000 * seconds);
  write(
    run,
    log.map(([, event]) => event),
    () => times[clock++] ?? 0,
  );
  const early = (await summarizeRun(run.path)) ?? assert.fail();
  assert.equal(early.step, 108);
  assert.ok((early.progress ?? 1) < 1e-6, `${early.progress}`);
  assert.equal(early.etaSeconds, undefined);
  write(run, [step(206)], () => 3000);
  const measured = (await summarizeRun(run.path)) ?? assert.fail();
  assert.ok((measured.progress ?? 1) < 1e-6, `${measured.progress}`);
  assert.equal(
    Math.round(measured.etaSeconds ?? 0),
    Math.round((total - 206) / 100),
    "100 steps in a second",
  );
});

test("in a long log the last evaluation is found, and a growing one is read on", async (context) => {
  const run = await newRun(context);
  const cache: SummaryCache = new Map();
  write(run, [started, evaluation, ...Array.from({ length: 2000 }, (_, index) => step(index + 1))]);
  const first = await summarizeRun(run.path, cache);
  assert.deepEqual([first?.step, first?.totalSteps, first?.metrics["validation.accuracy"]], [2000, 100, 0.9]);
  write(run, [step(2001), { ...evaluation, metrics: { accuracy: 0.95 } } as NewEvent]);
  const second = await summarizeRun(run.path, cache);
  assert.deepEqual([second?.step, second?.metrics["validation.accuracy"]], [2001, 0.95]);
  assert.deepEqual(
    { ...second, elapsedSeconds: 0 },
    { ...(await summarizeRun(run.path)), elapsedSeconds: 0 },
    "as read anew",
  );
  await appendFile(run.events, '{"seq":99,"torn');
  assert.equal((await summarizeRun(run.path, cache))?.step, 2001);
});

test("a run whose student trains says so where the log between its teacher's steps and its own is not read", async (context) => {
  const run = await newRun(context);
  const lock = acquireLock(run.path);
  context.after(() => lock.release());
  const steps = Array.from({ length: 2000 }, (_, index) => step(index + 1));
  write(run, [
    { ...started, totalSteps: 10_000 },
    { type: "phase", phase: "teacher", subject: "teacher" },
    ...steps.map((own) => ({ ...own, subject: "teacher" }) as NewEvent),
    { type: "phase", phase: "train" },
    ...steps,
    evaluation,
    step(2001),
  ]);
  const { step: at, doing } = (await summarizeRun(run.path)) ?? assert.fail();
  assert.deepEqual([at, doing], [2001, "training"]);
});

test("a run that is moved while it trains and is read is gone, neither unreadable nor interrupted", async (context) => {
  for (let turns = 0; turns < 40; turns++) {
    const run = await newRun(context);
    write(run, [started, step(1), evaluation]);
    acquireLock(run.path);
    const reading = summarizeRun(run.path);
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    await rename(run.path, `${run.path}-moved`);
    const summary = await reading;
    assert.ok(summary === undefined || summary.state === "running", `${summary?.state} after ${turns} turns`);
  }
});

test("folders that are no runs are left out, the newest run comes first", async (context) => {
  const { runs, id } = await newRun(context);
  await mkdir(join(runs, "zzz"));
  await writeFile(join(runs, "aaa.txt"), "");
  const later = await createRun(
    { runsDirectory: runs, experimentFile: "a", name: "b", experiment: {} },
    new Date(Date.now() + 60_000),
  );
  assert.deepEqual(
    (await listRuns(runs)).map((run) => run.id),
    [later.id, id],
  );
  assert.deepEqual(await listRuns(join(runs, "absent")), []);
});

test("to resume is refused for a completed and for a running run, and else says so in the job", async (context) => {
  const run = await newRun(context);
  const lock = acquireLock(run.path);
  await assert.rejects(prepareResume(run.path), { code: "locked", message: /is running already/ });
  await assert.rejects(deleteRun(run.path), { code: "locked" });
  lock.release();
  write(run, [started, { type: "stopped", reason: "SIGTERM", step: 0 }], () => Date.now() + 4000);
  await prepareResume(run.path);
  const { mode, secondsBefore } = await readJob(run);
  assert.equal(mode, "resume");
  assert.ok(secondsBefore >= 4 && secondsBefore < 10, `${secondsBefore}`);
  write(run, [
    {
      type: "completed",
      summary: { runId: "r", steps: 1, epochs: 1, seconds: 1, engine: "", device: "", parameters: 1 },
    },
  ]);
  await assert.rejects(prepareResume(run.path), { code: "completed" });
  await deleteRun(run.path);
  await assert.rejects(readFile(run.job), { code: "ENOENT" });
  await assert.rejects(deleteRun(run.runs), { code: "not-a-run" });
});

test("runs of 100,000 events are listed without reading them through", {
  timeout: 120_000,
}, async (context) => {
  const run = await newRun(context);
  const line = `${JSON.stringify({ seq: 0, time: 0, ...step(7) })}\n`;
  // Sparse: a hole of the size of the middle takes no disk. What lies there would not parse, were it read.
  const { open, cp } = await import("node:fs/promises");
  write(run, [started, step(1)]);
  const handle = await open(run.events, "r+");
  await handle.write(`\n${line.repeat(400)}`, 30_000_000);
  await handle.close();
  for (let copy = 0; copy < 30; copy++) await cp(run.path, `${run.path}-${copy}`, { recursive: true });
  const cache: SummaryCache = new Map();
  const first = newReading(8 << 20);
  assert.equal((await listRuns(run.runs, cache, first)).length, 31);
  // Of each its ends, 1.3 MB where no evaluation is found; of all together what may be looked through, and a line more.
  assert.ok(first.bytes <= 31 * (3 << 19) + (8 << 20) + longestLine + (2 << 20), `${first.bytes} bytes`);
  const read = new Map(cache);
  const second = newReading(0);
  assert.equal((await listRuns(run.runs, cache, second)).length, 31);
  assert.equal(second.bytes, 0, "what has not grown is not read again");
  for (const [path, entry] of cache) assert.equal(entry, read.get(path));
});
