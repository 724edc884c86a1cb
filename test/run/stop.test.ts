import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { describeFile } from "../../server/data/describe.ts";
import { ownTrainer } from "../../server/packageRoot.ts";
import { latestCheckpoint } from "../../server/runs/checkpoints.ts";
import { prepareResume } from "../../server/runs/control.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { askedToStop, standing } from "./lives.ts";
import { distill, endless, eventsOf, onlyRun, scene, start, succeed, until } from "./support.ts";

/** Trains until it is stopped. */
const long = {
  training: { steps: endless, evaluateEvery: endless, checkpointEvery: endless, reportEvery: 20 },
};

const stepOf = (output: string): number | undefined => {
  const steps = output
    .split("\n")
    .flatMap((line) =>
      line.includes('"type":"step"') && line.endsWith("}") ? [JSON.parse(line) as RunEvent] : [],
    );
  const last = steps.findLast((event) => event.type === "step" && event.subject === undefined);
  return last?.type === "step" ? last.step : undefined;
};

test("where the output is closed, as by head, the command says that the run goes on", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: long });
  const cli = fileURLToPath(new URL("../../server/cli.ts", import.meta.url));
  const command = spawn(process.execPath, [cli, "run", it.file], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  command.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const closed = once(command, "close");
  await once(command.stdout, "data");
  command.stdout.destroy();
  const [code] = await closed;
  const run = await onlyRun(it);
  assert.deepEqual(
    [code, said.split("\n").slice(-3)],
    [
      141,
      [
        `Nobody reads the output any more; run ${basename(run)} goes on.`,
        `To see how far it is: distill show ${basename(run)}. To stop it: distill stop ${basename(run)}`,
        "",
      ],
    ],
  );
  assert.equal((await summarizeRun(run))?.state, "running");
  await succeed(["stop", run]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const)
  test(`${signal} finishes the step, writes a checkpoint and exits with 130; resume goes on from there`, {
    timeout: 600_000,
  }, async (context) => {
    const it = await scene(context, { with: long });
    const command = start(["run", it.file, "--json"]);
    await until(() => stepOf(command.output()));
    command.signal(signal);
    const { code, stdout, stderr } = await command.finished;
    assert.equal(code, 130);
    assert.match(stderr, /Stopped at step [\d,]+\. To resume: distill resume/);
    const run = await onlyRun(it);
    const last = (await eventsOf(run)).at(-1);
    assert.equal(last?.type, "stopped");
    assert.deepEqual(
      JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""),
      last,
      "the last line is the last event",
    );
    assert.equal((await latestCheckpoint(run))?.step, last.step);
    assert.equal((await summarizeRun(run))?.state, "stopped");
    assert.equal(existsSync(join(run, "lock")), false);

    const resumed = start(["resume", run, "--json"]);
    await until(() => stepOf(resumed.output()));
    const [started] = (await eventsOf(run)).filter(({ type }) => type === "started").slice(-1);
    assert.deepEqual(
      [
        started?.type,
        started?.type === "started" && started.mode,
        started?.type === "started" && started.step,
      ],
      ["started", "resume", last.step],
    );
    resumed.signal("SIGINT");
    assert.equal((await resumed.finished).code, 130);
    assert.ok((await eventsOf(run)).every(({ seq }, index) => seq === index));
  });

test("a second SIGINT ends at once, and the run is interrupted", { timeout: 600_000 }, async (context) => {
  const it = await scene(context, { with: long });
  const command = start(["run", it.file, "--json"]);
  await until(() => stepOf(command.output()));
  const run = await onlyRun(it);
  // A trainer that cannot answer: the first signal has no effect on it. It may take that one before the stop, if both wait.
  process.kill(lockHolder(run)?.pid ?? assert.fail("no trainer"), "SIGSTOP");
  const pid = await standing(run);
  command.signal("SIGINT");
  await askedToStop(pid);
  command.signal("SIGINT");
  assert.equal((await command.finished).code, 130);
  assert.equal((await summarizeRun(run))?.state, "interrupted");
});

test("`stop` ends a detached run; `list` and `show` say so", { timeout: 600_000 }, async (context) => {
  const it = await scene(context, { with: long });
  const { stdout } = await succeed(["run", it.file, "--detach"], { cwd: it.folder });
  const id = stdout.trim();
  const inside = { cwd: it.folder };
  await until(async () => ((await summarizeRun(join(it.runs, id)))?.step ?? 0) > 0 || undefined);
  const [running] = JSON.parse((await distill(["list", "--json"], inside)).stdout);
  assert.deepEqual([running.id, running.state], [id, "running"]);
  assert.equal((await distill(["resume", id], inside)).code, 1);
  const stopped = await distill(["stop", "latest"], inside);
  assert.deepEqual([stopped.code, stopped.stderr], [0, ""]);
  assert.match(stopped.stdout, new RegExp(`Run ${id} is stopped at step \\d+`));
  const shown = JSON.parse((await distill(["show", id.slice(0, -1), "--json"], inside)).stdout);
  assert.deepEqual([shown.id, shown.state], [id, "stopped"]);
  assert.deepEqual(shown.checkpoints, [shown.step]);
  const again = await distill(["stop", id, "--json"], inside);
  assert.match(again.stderr, /is not running: it is stopped/);
  const { state, directory } = JSON.parse(again.stdout);
  assert.deepEqual([state, directory], ["stopped", join(it.runs, id)]);
});

test("a stop while the trainer is still starting is heeded", { timeout: 600_000 }, async (context) => {
  const it = await scene(context, { with: long });
  const command = start(["run", it.file, "--json"]);
  await until(async () => {
    const [run] = await readdir(it.runs).catch(() => []);
    if (run === undefined) return undefined;
    return ["trainer.pid", "lock"].some((name) => existsSync(join(it.runs, run, name))) || undefined;
  });
  command.signal("SIGINT");
  assert.equal((await command.finished).code, 130);
  assert.notEqual((await summarizeRun(await onlyRun(it)))?.state, "running");
});

test("a second trainer on the same run is refused and changes nothing", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: long });
  const command = start(["run", it.file, "--json"]);
  await until(() => stepOf(command.output()));
  const run = await onlyRun(it);
  await assert.rejects(prepareResume(run), { code: "locked" });
  const second = spawn(process.execPath, [ownTrainer(), run], { stdio: ["ignore", "ignore", "pipe"] });
  const [said] = await Promise.all([once(second.stderr, "data"), once(second, "close")]);
  assert.equal(second.exitCode, 1);
  assert.match(String(said), /Another trainer is working on this run: process \d+ holds/);
  command.signal("SIGINT");
  assert.equal((await command.finished).code, 130);
  const events = await eventsOf(run);
  assert.ok(events.every(({ seq }, index) => seq === index));
  assert.equal(events.filter(({ type }) => type === "started").length, 1);
});

test("the trainer outlives the command that started it", { timeout: 600_000 }, async (context) => {
  const it = await scene(context, { with: long });
  const command = start(["run", it.file, "--json"]);
  const before = await until(() => stepOf(command.output()));
  command.signal("SIGKILL");
  await command.finished;
  const run = await onlyRun(it);
  await until(async () => ((await summarizeRun(run))?.step ?? 0) > before + 100 || undefined);
  assert.equal((await summarizeRun(run))?.state, "running");
  await succeed(["stop", run]);
  assert.equal((await summarizeRun(run))?.state, "stopped");
  assert.doesNotMatch(await readFile(join(run, "trainer.log"), "utf8"), /Error/);
});

test("a run that is stopped before its last stage is evaluated says of which stage its best student is", {
  timeout: 600_000,
}, async (context) => {
  const stage = (name: string, steps: number) => ({ name, losses: [{ type: "ce" }], training: { steps } });
  const it = await scene(context, {
    with: {
      ...long,
      training: { ...long.training, steps: undefined },
      stages: [stage("first", 8), stage("second", endless)],
      teacher: undefined,
      temperature: undefined,
      alpha: undefined,
    },
  });
  const command = start(["run", it.file, "--json"]);
  await until(() => ((stepOf(command.output()) ?? 0) > 8 ? true : undefined));
  command.signal("SIGINT");
  assert.equal((await command.finished).code, 130);
  const run = await onlyRun(it);
  const { stdout } = await distill(["show", run]);
  assert.match(stdout, /^stage +second \(2 of 2\)$/m);
  assert.match(stdout, /^best\/ +weights of the stage first \(1 of 2\)$/m);
  const exported = await distill(["export", run, "--format", "onnx", "--out", join(it.folder, "s.onnx")]);
  assert.match(exported.stdout, /best weights of \S+, of the stage first \(1 of 2\)$/m);
  const model = await describeFile(join(it.folder, "s.onnx"));
  assert.equal(model.kind === "model" && model.metadata?.["stage"], "first");
  const evaluated = await distill(["evaluate", run]);
  assert.match(evaluated.stdout, /^ {2}stage +first \(1 of 2\)$/m);
  const report = await distill(["report", run, "--format", "md"]);
  assert.match(report.stdout, /^- best\/: .*weights of the stage first \(1 of 2\)/m);
});
