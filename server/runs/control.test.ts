import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import fs, { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { suspension } from "../processIdentity.ts";
import { deleteRun, prepareResume, requestTest, stopRun, suspended } from "./control.ts";
import { openEventLog } from "./eventLog.ts";
import { holderRecord } from "./holder.ts";
import { createRun, type RunDirectory, readExperiment, readJob, writeJob } from "./runDirectory.ts";
import type { RunError } from "./runError.ts";
import { createMember } from "./sweep.ts";

async function newRun(
  context: TestContext,
  members?: readonly Readonly<Record<string, unknown>>[],
): Promise<RunDirectory> {
  const runs = await mkdtemp(join(tmpdir(), "control-"));
  context.after(() => rm(runs, { recursive: true, force: true }));
  return createRun({
    runsDirectory: runs,
    experimentFile: join(runs, "mnist.distill.json"),
    name: "mnist",
    experiment: { seed: 1 },
    members,
    overrides: { seed: 1 },
  });
}

/** A sweep with one run, that has begun. */
async function newSweep(context: TestContext) {
  const sweep = await newRun(context, [{ seed: 2 }]);
  const job = await readJob(sweep);
  const [member = assert.fail()] = job.members ?? [];
  const run = await createMember(sweep, job, { member, experiment: { seed: 2 }, isTestWithheld: true });
  return { sweep, run };
}

/** As a trainer that holds the lock of a run, or was just started for it. */
async function train(run: RunDirectory, holder: object = {}, file = "lock"): Promise<void> {
  await writeFile(
    join(run.path, file),
    JSON.stringify({ ...holderRecord(process.pid, run.path), ...holder }),
  );
}

/** The signals that are sent from now on, in place of sending them. */
function signalsTo(context: TestContext, answer: () => void = () => {}): [number, unknown][] {
  const sent: [number, unknown][] = [];
  const { kill } = process;
  context.mock.method(process, "kill", (pid: number, signal: NodeJS.Signals | 0) => {
    if (signal === 0) return kill.call(process, pid, signal);
    sent.push([pid, signal]);
    answer();
    return true;
  });
  return sent;
}

function write(run: RunDirectory, ...events: NewEvent[]): void {
  const log = openEventLog(run.events);
  for (const event of events) log.append(event);
  log.close();
}

const failWith = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

const told = ({ code, message, hint }: RunError) => ({ code, message, hint });

async function refusal(work: () => unknown) {
  try {
    await work();
  } catch (error) {
    return told(error as RunError);
  }
  return undefined;
}

test("a run without a trainer is not stopped", async (context) => {
  const run = await newRun(context);
  const sent = signalsTo(context);
  assert.deepEqual([stopRun(run.path), stopRun(run.path, { force: true }), sent], [undefined, undefined, []]);
});

for (const file of ["lock", "trainer.pid"])
  test(`the trainer that ${file} names is asked to end, or ended at once`, async (context) => {
    const run = await newRun(context);
    await train(run, {}, file);
    const sent = signalsTo(context);
    assert.equal(stopRun(run.path), process.pid);
    assert.equal(stopRun(run.path, { force: true }), process.pid);
    assert.deepEqual(sent, [
      [process.pid, "SIGTERM"],
      [process.pid, "SIGKILL"],
    ]);
  });

test("a sweep's trainer ends its run when it is asked; ended at once, its run is ended too", async (context) => {
  const { sweep, run } = await newSweep(context);
  await train(sweep);
  await train(run, { pid: process.ppid, startTime: holderRecord(process.ppid, run.path).startTime });
  const sent = signalsTo(context);
  assert.equal(stopRun(sweep.path), process.pid);
  assert.deepEqual(sent, [[process.pid, "SIGTERM"]]);
  assert.equal(stopRun(sweep.path, { force: true }), process.pid);
  assert.deepEqual(sent.slice(1), [
    [process.pid, "SIGKILL"],
    [process.ppid, "SIGKILL"],
  ]);
});

test("a trainer on another machine is not stopped from here", async (context) => {
  const run = await newRun(context);
  await train(run, { pid: 4, host: "elsewhere" });
  const sent = signalsTo(context);
  assert.deepEqual(await refusal(() => stopRun(run.path)), {
    code: "elsewhere",
    message: "The run's trainer is process 4 on elsewhere, not on this machine.",
    hint: "Stop it there.",
  });
  assert.deepEqual(sent, []);
});

test("a process that the lock does not prove to be the trainer is not ended", async (context) => {
  const run = await newRun(context);
  const sent = signalsTo(context);
  const lacks = (what: string) => ({
    code: "unproven",
    message: `The lock does not prove that process ${process.pid} is this run's trainer, so nothing was ended: it lacks ${what}.`,
    hint: `End that process yourself if it is the trainer; remove ${join(run.path, "lock")} if it is not.`,
  });
  await train(run, { directory: undefined });
  assert.deepEqual(await refusal(() => stopRun(run.path)), lacks("the run directory that it is of"));
  // Where the system does not say when a process started.
  const real = Object.getOwnPropertyDescriptor(process, "platform") as PropertyDescriptor;
  context.after(() => Object.defineProperty(process, "platform", real));
  Object.defineProperty(process, "platform", { ...real, value: "freebsd" });
  await train(run, { startTime: "" });
  assert.deepEqual(await refusal(() => stopRun(run.path)), lacks("the time when that process started"));
  assert.deepEqual(sent, []);
});

test("a trainer that has just ended is none, and one of another user is named", async (context) => {
  const run = await newRun(context);
  await train(run);
  signalsTo(context, failWith("ESRCH"));
  assert.equal(stopRun(run.path), undefined);
  context.mock.reset();
  signalsTo(context, failWith("EPERM"));
  assert.throws(
    () => stopRun(run.path),
    (error: RunError) => {
      assert.deepEqual(told(error), {
        code: "no-permission",
        message: `Process ${process.pid}, the run's trainer, belongs to another user.`,
        hint: "Stop it as that user.",
      });
      return (error.cause as NodeJS.ErrnoException).code === "EPERM";
    },
  );
});

test("a trainer that stands still is told of the run, and of the sweep whose run it trains", {
  skip: process.platform === "win32" && "no signal suspends a process there",
}, async (context) => {
  const { sweep, run } = await newSweep(context);
  assert.equal(suspended(sweep.path), undefined, "no trainer");
  await train(sweep);
  assert.equal(suspended(sweep.path), undefined, "a trainer that works");
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  context.after(async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  child.kill("SIGSTOP");
  const pid = child.pid ?? assert.fail();
  while (suspension(pid) !== "T") await setImmediate();
  await train(run, holderRecord(pid, run.path));
  const expected = {
    code: "suspended",
    message: `The trainer is suspended (state T): process ${pid} stops when it continues.`,
  };
  assert.deepEqual([suspended(run.path), suspended(sweep.path)], [expected, expected]);
  await train(run, { ...holderRecord(pid, run.path), host: `not-${hostname()}` });
  assert.equal(suspended(run.path), undefined, "a process of that number on another machine");
});

const started: NewEvent = {
  type: "started",
  runId: "r",
  mode: "start",
  step: 0,
  totalSteps: 10,
  parameters: { student: 5 },
};

/** Of a run that trained for 2 seconds before it was stopped. */
async function stoppedRun(context: TestContext): Promise<RunDirectory> {
  const run = await newRun(context);
  await writeJob(run, { ...(await readJob(run)), askedAt: 1000, acceptChangedData: true });
  const log = openEventLog(run.events, () => 1000);
  log.append(started);
  log.close();
  const later = openEventLog(run.events, () => 3000);
  later.append({ type: "stopped", reason: "SIGTERM", step: 1 });
  later.close();
  return run;
}

test("a run is resumed as it was; what was accepted once is not accepted again", async (context) => {
  const run = await stoppedRun(context);
  const { acceptChangedData: _, ...before } = await readJob(run);
  context.mock.timers.enable({ apis: ["Date"], now: 50_000 });
  const directory = await prepareResume(run.path);
  assert.deepEqual(directory, run);
  const job = { ...before, mode: "resume", askedAt: 50_000, secondsBefore: 2, lastEventAt: 3000 };
  assert.deepEqual(await readJob(run), job);
  assert.deepEqual(await readExperiment(run), { seed: 1 });
});

test("a run is resumed on another engine, which stands in its experiment and among what was set", async (context) => {
  const run = await stoppedRun(context);
  const before = await readJob(run);
  context.mock.timers.enable({ apis: ["Date"], now: 50_000 });
  await prepareResume(run.path, { engine: "eager" }, { acceptChangedData: true });
  assert.deepEqual(await readJob(run), {
    ...before,
    mode: "resume",
    overrides: { seed: 1, engine: "eager" },
    askedAt: 50_000,
    secondsBefore: 2,
    lastEventAt: 3000,
  });
  assert.deepEqual(await readExperiment(run), { seed: 1, engine: "eager" });
});

test("without a change the experiment of a run is not written again", async (context) => {
  const run = await stoppedRun(context);
  await writeFile(run.experiment, '{"seed":1}');
  await prepareResume(run.path);
  assert.equal(await readFile(run.experiment, "utf8"), '{"seed":1}');
  const { overrides: _, ...bare } = await readJob(run);
  await writeJob(run, bare);
  await prepareResume(run.path);
  assert.equal((await readJob(run)).overrides, undefined);
});

test("a run that is completed or running is not resumed", async (context) => {
  const run = await newRun(context);
  await train(run);
  assert.deepEqual(await refusal(() => prepareResume(run.path)), {
    code: "locked",
    message: `Run ${run.id} is running already.`,
    hint: "Watch it, or stop it with `distill stop`.",
  });
  await rm(join(run.path, "lock"));
  write(run, started, {
    type: "completed",
    summary: {
      runId: "r",
      steps: 10,
      epochs: 1,
      seconds: 1,
      engine: "e",
      device: "cpu",
      parameters: 5,
    },
  });
  assert.deepEqual(await refusal(() => prepareResume(run.path)), {
    code: "completed",
    message: `Run ${run.id} is completed; there is nothing to resume.`,
    hint: "Run the experiment again, with more epochs if it should train longer.",
  });
});

test("a run that its sweep has chosen is asked for its test split", async (context) => {
  const run = await stoppedRun(context);
  const { acceptChangedData: _, ...before } = await readJob(run);
  context.mock.timers.enable({ apis: ["Date"], now: 50_000 });
  const job = {
    ...before,
    mode: "resume",
    test: "asked",
    askedAt: 50_000,
    secondsBefore: 2,
  };
  await requestTest(run);
  assert.deepEqual(await readJob(run), job);
  await requestTest(run, { acceptChangedData: true });
  assert.deepEqual(await readJob(run), { ...job, acceptChangedData: true });
  const fresh = await newRun(context);
  await requestTest(fresh);
  assert.equal((await readJob(fresh)).secondsBefore, 0);
});

test("a sweep goes with its runs, once none of them is running", async (context) => {
  const { sweep, run } = await newSweep(context);
  await train(run);
  assert.deepEqual(await refusal(() => deleteRun(sweep.path)), {
    code: "locked",
    message: `Run ${run.id} is running.`,
    hint: "Stop it first.",
  });
  assert.ok(existsSync(sweep.job) && existsSync(run.job));
  await rm(join(run.path, "lock"));
  const copy = `${sweep.path}-copy`;
  await cp(sweep.path, copy, { recursive: true });
  await deleteRun(copy);
  assert.deepEqual([existsSync(copy), existsSync(sweep.path), existsSync(run.path)], [false, true, true]);
  await deleteRun(sweep.path);
  assert.deepEqual([existsSync(sweep.path), existsSync(run.path)], [false, false]);
});

test("a run that the disk does not let go is named", async (context) => {
  const run = await newRun(context);
  const real = fs.rm;
  const restore = () => {
    fs.rm = real;
    syncBuiltinESMExports();
  };
  fs.rm = async () => failWith("EACCES")();
  syncBuiltinESMExports();
  const said = await refusal(() => deleteRun(run.path)).finally(restore);
  assert.deepEqual(said, {
    code: "no-permission",
    message: `Could not delete ${run.path}: permission was denied.`,
    hint: "Change the permissions, or choose another folder with --runs-directory.",
  });
});
