import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ownMark } from "../../server/ownMark.ts";
import { holderRecord } from "../../server/runs/holder.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { signal } from "../support/signal.ts";
import { fated, onHost, studentStep } from "./fate.ts";
import { adopt, dead, goOn, kill, standing } from "./lives.ts";
import { distill, endless, eventsOf, onlyRun, type Scene, scene, start, succeed, until } from "./support.ts";

const timeout = 600_000;
/** Trains until it is stopped, and says so often. */
const long = {
  training: { steps: endless, evaluateEvery: endless, checkpointEvery: 40, reportEvery: 20 },
};
/** Of locks in these tests: long enough for twelve touches on a loaded machine. */
const staleMs = 3_000;

async function training(
  context: TestContext,
  env: NodeJS.ProcessEnv = {},
): Promise<Scene & { readonly run: string }> {
  const it = await scene(context, { with: long });
  await succeed(["run", it.file, "--detach"], { env });
  const run = await onlyRun(it);
  await until(async () => (await steps(run)) > 0 || undefined);
  return { ...it, run };
}

/** The student's, as far as they are reported. */
const steps = async (run: string) =>
  (await eventsOf(run)).filter((event) => event.type === "step" && event.subject === undefined).length;
const trainerLog = (run: string) => readFile(join(run, "trainer.log"), "utf8");
const isNumbered = async (run: string) =>
  assert.deepEqual(
    (await eventsOf(run)).map(({ seq }) => seq),
    (await eventsOf(run)).map((_, index) => index),
  );

test("a copy of a run that trains is another run: stopping it, by force too, leaves the original alone", {
  timeout,
}, async (context) => {
  const { folder, run } = await training(context);
  const copy = join(folder, "copy");
  const pid = lockHolder(run)?.pid ?? assert.fail("no trainer");
  // On a busy machine each copy of a run that goes on meets a checkpoint that is moved from under its hands.
  signal(pid, "SIGSTOP");
  await standing(run);
  await cp(run, copy, { recursive: true });
  goOn(pid);
  assert.equal(lockHolder(copy), undefined);
  for (const words of [
    ["stop", copy],
    ["stop", "--force", copy],
    ["stop", "--force", copy],
  ]) {
    const { stderr } = await succeed(words);
    assert.match(stderr, /^Run copy is not running: it is interrupted\.$/m);
    assert.ok(
      stderr.includes(
        `This is a copy of ${run}, made while that run trained: its lock names process ${pid} there`,
      ),
    );
  }
  const before = await steps(run);
  await until(async () => (await steps(run)) > before || undefined);
  // The copy goes on by itself, beside the original.
  await succeed(["resume", copy, "--detach"]);
  await until(async () => (await steps(copy)) > before + 1 || undefined);
  await succeed(["stop", copy]);
  assert.equal(lockHolder(run)?.pid, pid);
  await succeed(["stop", run]);
  await isNumbered(run);
  await isNumbered(copy);
});

test("no process is ended that a lock does not prove to be the trainer", { timeout }, async (context) => {
  const { run } = await training(context);
  await kill(adopt(run));
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  context.after(() => other.kill("SIGKILL"));
  await once(other, "spawn");
  const own = holderRecord(other.pid ?? 0, run);
  const { directory, ...older } = own;
  assert.equal(directory?.path, run);
  for (const [record, said] of [
    [{ ...own, startTime: "" }, /is not running: it is interrupted/],
    [{ ...own, startTime: `${own.startTime}0` }, /is not running: it is interrupted/],
    [older, /does not prove that process \d+ is this run's trainer.*the run directory that it is of/],
  ] as const)
    for (const words of [
      ["stop", "--force", run],
      ["stop", run],
    ]) {
      await writeFile(join(run, "lock"), JSON.stringify(record));
      const { stderr } = await distill(words);
      assert.match(stderr, said);
      assert.deepEqual([other.exitCode, other.signalCode], [null, null]);
    }
});

for (const isBefore of [false, true])
  test(`a trainer that stood still ${isBefore ? "right before it wrote" : ""} while another machine took its run over writes ${isBefore ? "that, and then " : ""}nothing once it goes on`, {
    timeout,
  }, async (context) => {
    const it = await scene(context, { with: long });
    const still = { signal: "SIGSTOP", event: studentStep, nth: 3 } as const;
    const first = { ...fated(isBefore ? { ...still, isBefore } : still), ...onHost("first", staleMs) };
    const second = onHost("second", staleMs);
    const command = start(["run", it.file, "--json"], { env: first });
    const run = await until(() => onlyRun(it).catch(() => undefined));
    const pid = await standingAt(run);
    await until(async () => {
      const resumed = await distill(["resume", run, "--detach"], { env: second });
      if (resumed.code === 0) return true;
      assert.match(resumed.stderr, /is running already|is working on this run: process \d+ on first/);
      return undefined;
    });
    const before = await steps(run);
    await until(async () => (await steps(run)) > before + 2 || undefined);
    goOn(pid);
    await dead(pid);
    const { code, stderr } = await command.finished;
    assert.equal(code, 1);
    assert.match(stderr, /Another trainer has taken over this run: process \d+ on second/);
    const after = await steps(run);
    await until(async () => (await steps(run)) > after + 2 || undefined);
    await succeed(["stop", run], { env: second });
    await isNumbered(run);
    const told = (await eventsOf(run)).flatMap((event) => (event.type === "warning" ? event.code : []));
    assert.equal(told.includes("another-writer"), isBefore);
    const shown = await distill(["show", run]);
    assert.equal(/has a duplicate number|have duplicate numbers/.test(shown.stdout + shown.stderr), isBefore);
    assert.deepEqual(
      (await readdir(run)).filter((name) => /lock|\.tmp|reserve/.test(name)),
      [],
    );
  });

/** The trainer at `run` once it stands still, of whatever host its lock says that it is. */
async function standingAt(run: string): Promise<number> {
  const text = await until(() => readFile(join(run, "lock"), "utf8").catch(() => undefined));
  const { pid } = JSON.parse(text) as { pid: number };
  await until(async () => /^State:\s*T/m.test(await readFile(`/proc/${pid}/status`, "utf8")) || undefined);
  return pid;
}

test("a trainer that a native call keeps from its event loop goes on touching its lock", {
  timeout,
}, async (context) => {
  const it = await scene(context, { with: long });
  const flag = join(it.folder, "go-on");
  const first = { ...fated({ blocksUntil: flag, event: studentStep, nth: 2 }), ...onHost("first", staleMs) };
  await succeed(["run", it.file, "--detach"], { env: first });
  const run = await onlyRun(it);
  await until(async () => (await steps(run)) === 2 || undefined);
  const touched = () => statSync(join(run, "lock")).mtimeMs;
  const blockedAt = touched();
  // Longer than the time after which it would be given up.
  await until(() => touched() > blockedAt + staleMs || undefined);
  assert.equal(await steps(run), 2, "the main thread has not gone on");
  const refused = await distill(["resume", run], { env: onHost("second", staleMs) });
  assert.deepEqual([refused.code, /is running already/.test(refused.stderr)], [1, true]);
  await writeFile(flag, "");
  await until(async () => (await steps(run)) > 4 || undefined);
  await succeed(["stop", run], { env: onHost("first", staleMs) });
  await isNumbered(run);
});

test("`stop` of a suspended trainer says so each time, and `--force` ends it", {
  timeout,
}, async (context) => {
  const { run } = await training(context, fated({ signal: "SIGSTOP", event: studentStep, nth: 3 }));
  const pid = await standing(run);
  for (const _ of [1, 2]) {
    const { code, stderr } = await distill(["stop", run]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`The trainer is suspended \\(state T\\): process ${pid} stops when it continues\\.`),
    );
    assert.match(stderr, /distill stop \S+ --force/);
  }
  const forced = await distill(["stop", run, "--force"]);
  assert.deepEqual([forced.code, forced.stderr], [0, ""]);
  await dead(pid);
});

for (const what of ["moved", "deleted", "half deleted"] as const)
  test(`a run that is ${what} while it trains ends and does not come back`, { timeout }, async (context) => {
    const it = await scene(context, { with: long });
    const command = start(["run", it.file, "--json"]);
    const run = await until(() => onlyRun(it).catch(() => undefined));
    const pid = (await until(() => lockHolder(run))).pid;
    await until(async () => (await steps(run)) > 0 || undefined);
    const other = join(it.folder, "elsewhere");
    if (what === "moved") await rename(run, other);
    else if (what === "half deleted") for (const name of ["job.json", "lock"]) await rm(join(run, name));
    // The trainer may write into a folder that is being emptied.
    else await rm(run, { recursive: true, maxRetries: 5 });
    await dead(pid);
    const { code, stderr } = await command.finished;
    assert.equal(code, 1);
    assert.ok(stderr.includes(`${run} was moved or deleted while the run trained`), stderr);
    if (what === "half deleted") return;
    assert.equal(existsSync(run), false);
    if (what === "deleted") return;
    assert.match(await trainerLog(other), /was moved or deleted while the run trained\. The trainer ends/);
    const listed = await distill(["show", other]);
    assert.ok(listed.stdout.includes(`the run was at ${run} then`), listed.stdout);
    await succeed(["resume", other, "--detach"]);
    const before = await steps(other);
    await until(async () => (await steps(other)) > before || undefined);
    await succeed(["stop", other]);
    await isNumbered(other);
  });

test("what kills have left is removed when the run goes on, and what a living process writes is not", {
  timeout,
}, async (context) => {
  const it = await scene(context, { steps: 20 });
  const words = ["run", it.file, "--set", "data.augment=[]"];
  // Killed while it writes a checkpoint, and another in the middle of what the teacher says.
  const inCheckpoint = fated({ signal: "SIGKILL", opens: "/checkpoints/\\.[^/]*\\.tmp/." });
  await succeed([...words, "--detach"], { env: inCheckpoint });
  const run = await onlyRun(it);
  await dead(adopt(run));
  const inCache = fated({ signal: "SIGKILL", opens: "/cache/.*\\.part$" });
  await succeed(["resume", run, "--detach"], { env: inCache });
  await dead(adopt(run));
  const left = [
    `lock.${adopt(run)}.1`,
    ".manifest.json.00000000.1.1.tmp",
    "best/.weights.safetensors.1.1.tmp",
    ".final.1.1.tmp",
  ];
  await mkdir(join(run, "best"), { recursive: true });
  for (const name of left) await writeFile(join(run, name), await readFile(join(run, "lock")));
  const own = `.job.json.${ownMark()}.1.tmp`;
  await writeFile(join(run, own), "");
  const parts = async () =>
    (await readdir(join(it.runs, "../cache"))).filter((name) => name.endsWith(".part"));
  assert.equal((await parts()).length, 1);
  await succeed(["resume", run]);
  const names = (await readdir(run, { recursive: true })).filter((name) => /\.tmp|lock/.test(name));
  assert.deepEqual(names, [own]);
  assert.deepEqual(await parts(), []);
});
