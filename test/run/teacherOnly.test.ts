import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { decodeSafetensors } from "../../server/runs/safetensors.ts";
import { fated } from "./fate.ts";
import { askedToStop, goOn, standing } from "./lives.ts";
import { distill, eventsOf, onlyRun, scene, start, succeed, until } from "./support.ts";

const timeout = 600_000;

test("the teacher is trained alone, once, and the student's run finds it", { timeout }, async (context) => {
  const it = await scene(context);
  const inside = { cwd: it.folder };
  for (const command of [
    ["evaluate", it.file, "--teacher"],
    ["teacher", it.file, "--out", "told.npz"],
  ]) {
    const untrained = await distill(command, inside);
    assert.equal(untrained.code, 1);
    assert.match(untrained.stderr, /not been trained yet[\s\S]*\nTrain it: distill run FILE --teacher-only/);
  }

  const trained = await succeed(["run", it.file, "--teacher-only"], inside);
  assert.match(trained.stdout, /\n {2}teacher +\d/);
  assert.doesNotMatch(trained.stdout, /\n {2}student/);
  const first = await onlyRun(it);
  assert.match(first, /-clusters-teacher-\w{3}$/);
  const events = await eventsOf(first);
  assert.deepEqual(
    events.flatMap((event) => (event.type === "phase" ? [event.phase] : [])),
    ["preflight", "train", "evaluate"],
  );
  // 240 training samples in batches of 32 make 8 steps an epoch.
  const started = events.find((event) => event.type === "started");
  assert.deepEqual([started?.subject, started?.step, started?.totalSteps], ["teacher", 0, 24]);
  assert.equal(events.filter(({ type }) => type === "step").length, 24);
  const weights = async (run: string, kind: string) =>
    decodeSafetensors(await readFile(join(run, kind, "weights.safetensors")), kind).tensors;
  const own = await weights(first, "best");
  const [kept] = await readdir(join(it.folder, ".distill/cache/teachers"));
  assert.deepEqual(await weights(join(it.folder, ".distill/cache/teachers"), kept as string), own);
  const last = events.at(-1);
  assert.ok(last?.type === "completed");
  assert.equal(last.summary.subject, "teacher");
  const [listed] = JSON.parse((await distill(["list", "--json"], inside)).stdout);
  assert.deepEqual(
    [listed.name, listed.subject, listed.state, listed.step, listed.metrics["test.accuracy"]],
    ["clusters", "teacher", "completed", 24, last.summary.test?.["accuracy"]],
  );

  // The same numbers by each way to measure it.
  const measured = JSON.parse((await distill(["evaluate", it.file, "--teacher", "--json"], inside)).stdout);
  assert.deepEqual([measured.split, measured.samples], ["test", 90]);
  assert.equal(measured.metrics.accuracy, last.summary.test?.["accuracy"]);
  const ofRun = JSON.parse((await distill(["evaluate", "latest", "--json"], inside)).stdout);
  assert.deepEqual(ofRun.metrics, measured.metrics);

  const again = await succeed(["run", it.file, "--teacher-only", "--json"], inside);
  assert.equal(/"type":"step"/.test(again.stdout), false, "trained once");
  assert.match(again.stdout, /"type":"started".*"step":24/);
  const second = (await readdir(it.runs)).map((id) => join(it.runs, id)).find((run) => run !== first);
  assert.deepEqual(await weights(second as string, "best"), own);

  const student = await succeed(["run", it.file, "--json"], inside);
  assert.equal(/"type":"step","subject":"teacher"/.test(student.stdout), false, "the run found the teacher");
});

test("a teacher that stops is resumed where it was", { timeout }, async (context) => {
  const dense = (units: number) => ({ type: "dense", units });
  const it = await scene(context, {
    with: { teacher: { type: "layers", layers: [dense(3)], train: { steps: 400, batchSize: 16 } } },
  });
  const env = fated({ signal: "SIGSTOP", event: { type: "step" }, nth: 20 });
  const running = start(["run", it.file, "--teacher-only", "--json"], { cwd: it.folder, env });
  const run = await until(() => onlyRun(it).catch(() => undefined));
  const trainer = await standing(run);
  running.signal("SIGINT");
  await askedToStop(trainer);
  goOn(trainer);
  assert.equal((await running.finished).code, 130);
  const stopped = (await eventsOf(run)).at(-1);
  assert.ok(stopped?.type === "stopped" && stopped.step >= 20 && stopped.step < 400);
  await succeed(["resume", "latest"], { cwd: it.folder });
  const events = await eventsOf(run);
  const resumed = events.findLast((event) => event.type === "started");
  assert.deepEqual([resumed?.mode, resumed?.step], ["resume", stopped.step]);
  assert.equal(events.at(-1)?.type, "completed");
});

test("a teacher in a file is measured with its own settings, and is not trained", {
  timeout,
}, async (context) => {
  const it = await scene(context);
  const inside = { cwd: it.folder };
  await distill(["run", it.file, "--teacher-only"], inside);
  const run = await onlyRun(it);
  await distill(["export", run, "--format", "onnx", "--out", "teacher.onnx"], inside);
  await distill(["export", run, "--format", "tfjs", "--out", "teacher"], inside);
  const accuracy = async (teacher: object) => {
    const other = await scene(context, { folder: it.folder, with: { teacher } });
    const { stdout, stderr } = await distill(["evaluate", other.file, "--teacher", "--json"], inside);
    return JSON.parse(stdout || JSON.stringify(stderr)).metrics.accuracy;
  };
  const right = await accuracy({ type: "onnx", path: "teacher.onnx" });
  assert.ok(right > 0.7, `${right}`);
  assert.equal(await accuracy({ type: "tfjs", path: "teacher/model.json" }), right);
  // Turned round, the samples are those of other classes.
  assert.ok((await accuracy({ type: "onnx", path: "teacher.onnx", normalize: { scale: -1 } })) < 0.5);

  const refused = await distill(["run", it.file, "--teacher-only"], inside);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /is a file that is trained already[\s\S]*evaluate FILE --teacher/);
  assert.equal((await readdir(it.runs)).length, 1, "no run is created");
  const unclear = await distill(["evaluate", it.file], inside);
  assert.match(unclear.stderr, /is an experiment[\s\S]*--teacher/);
});
