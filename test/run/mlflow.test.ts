import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { writeNotes } from "../../server/runs/notes.ts";
import { createRun, readJob } from "../../server/runs/runDirectory.ts";
import { createMember, memberDirectory } from "../../server/runs/sweep.ts";
import { mlflowForTests, mlflowServer, type ReadRun } from "../support/mlflow.ts";
import { beginning, started, stepOf, stopped, writeLog, writtenRun } from "../support/writtenRun.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

const read = mlflowForTests();

async function exported(context: TestContext, log: Parameters<typeof writtenRun>[1]) {
  const { folder, run } = await writtenRun(context, log);
  return { folder, run, store: join(folder, "mlruns"), toStore: () => toStore(run.path, folder) };
}

const toStore = (run: string, folder: string) =>
  distill(["export-log", run, "--format", "mlflow", "--out", "mlruns"], { cwd: folder });

const evaluation = (step: number, accuracy: number): NewEvent => ({
  ...{ type: "evaluation", split: "validation", step, epoch: step, metrics: { accuracy } },
});
async function onlyRead(store: string, experiment = "a"): Promise<ReadRun> {
  const experiments = (await read?.(store)) ?? [];
  assert.deepEqual(
    experiments.map(({ name, runs }) => [name, runs.length]),
    [[experiment, 1]],
  );
  return experiments[0]?.runs[0] as ReadRun;
}

test("MLflow reads a trained run as its log has it: each value with its step and time", {
  skip: read === undefined,
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 20 });
  await succeed(["run", it.file]);
  const run = await onlyRun(it);
  const { code, stdout, stderr } = await toStore(run, it.folder);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri "mlruns"/);
  const { name, status, start, end, params, tags, metrics } = await onlyRead(
    join(it.folder, "mlruns"),
    "clusters",
  );
  const events = await eventsOf(run);
  assert.deepEqual(
    [join(it.runs, name), status, start, end],
    [run, "FINISHED", events[0]?.time, events.at(-1)?.time],
  );
  const points = (of: (event: (typeof events)[number]) => number | null | undefined) =>
    events.flatMap((event) => {
      const value = of(event);
      return value === undefined || !("step" in event) ? [] : [[event.time, event.step, value]];
    });
  const logged = {
    loss: points((event) => (event.type === "step" && event.subject === undefined ? event.loss : undefined)),
    "terms/kd/raw": points((event) =>
      event.type === "step" && event.subject === undefined ? event.terms["kd"]?.raw : undefined,
    ),
    "teacher/loss": points((event) =>
      event.type === "step" && event.subject === "teacher" ? event.loss : undefined,
    ),
    "validation/accuracy": points((event) =>
      event.type === "evaluation" && event.subject === undefined && event.split === "validation"
        ? event.metrics["accuracy"]
        : undefined,
    ),
  };
  for (const [key, own] of Object.entries(logged)) {
    assert.ok(own.length > 0, key);
    assert.deepEqual(metrics[key], own, key);
  }
  assert.deepEqual(
    [params["losses.0.temperature"], params["student.layers.1.rate"], params["optimizer.type"]],
    ["3", "0.2", "adamw"],
  );
  assert.equal(tags["mlflow.source.name"], it.file);
  assert.equal(tags["distill.state"], "completed");
  const memory = metrics["memory"]?.map(([, , bytes]) => Number(bytes)) ?? [];
  assert.ok(memory.length > 0 && memory.every((bytes) => bytes > 1e7 && bytes < 1e11), `${memory} bytes`);
});

test("steps that a resumed run took again stand once; what is not finite is NaN", {
  skip: read === undefined,
}, async (context) => {
  const { store, toStore } = await exported(context, {
    events: [
      ...[
        started("start", 0),
        stepOf(1, 1),
        evaluation(1, 0.5),
        stepOf(2, 2),
        stepOf(3, 3),
        evaluation(3, 0.7),
      ],
      ...[started("resume", 1), stepOf(2, 20), started("resume", 2), stepOf(3, null), evaluation(3, 0.8)],
      ...[stepOf(4, 4e-9), stopped],
    ],
  });
  assert.equal((await toStore()).code, 0);
  const { metrics, status, start, end } = await onlyRead(store);
  const t = beginning;
  assert.deepEqual(metrics["loss"], [
    ...[
      [t + 1, 1, 1],
      [t + 7, 2, 20],
      [t + 9, 3, "nan"],
      [t + 11, 4, 4e-9],
    ],
  ]);
  assert.deepEqual(metrics["validation/accuracy"], [
    ...[
      [t + 2, 1, 0.5],
      [t + 10, 3, 0.8],
    ],
  ]);
  assert.deepEqual([status, start, end], ["KILLED", t, t + 12]);
});

test("names that MLflow refuses are written in letters that it takes, and told; none is lost", {
  skip: read === undefined,
}, async (context) => {
  const term = (raw: number) => ({ raw, weighted: raw });
  const long = "l".repeat(300);
  const names = ["kd (T=4)", "kd [T=4]", "../up", "", "Größe/a", "größe", long];
  const terms = Object.fromEntries(names.map((name, index) => [name, term(index)]));
  const { store, toStore, folder } = await exported(context, {
    experiment: { losses: [{ weight: 0.5 }], "a:b": "x\n\u2028😀", long: "v".repeat(7000), gone: null },
    events: [started("start", 0), stepOf(1, 1, { terms }), stopped],
  });
  const { code, stdout } = await toStore();
  assert.equal(code, 0);
  assert.match(stdout, /MLflow takes no such name: terms\/kd \(T=4\)\/raw is terms\/kd _T_4_\/raw there\./);
  const { params, metrics } = await onlyRead(store);
  const values = Object.entries(metrics).flatMap(([name, [point]]) =>
    /raw(_\w+)?$|_\w{8}$/.test(name) ? [point?.[2]] : [],
  );
  for (const index of names.keys()) assert.ok(values.includes(index), `the value of ${names[index]}`);
  assert.equal(metrics["terms/Größe/a/raw"]?.length, 1);
  assert.deepEqual(
    [params["losses.0.weight"], params["a_b"], params["gone"]],
    ["0.5", "x\n\u2028😀", undefined],
  );
  assert.equal(params["long"]?.length, 6000);
  assert.deepEqual(
    (await readdir(folder)).sort(),
    ["mlruns", "runs"],
    "nothing is written outside of the store",
  );
});

test("a damaged line is left out and told; a run is not written twice, nor a half of it", {
  skip: read === undefined,
}, async (context) => {
  const { run, store, toStore } = await exported(context, {
    events: [started("start", 0), stepOf(1, 1), stepOf(2, 2), stepOf(3, 3), stopped],
  });
  const lines = (await readFile(run.events, "utf8")).split("\n");
  await writeFile(run.events, lines.with(2, (lines[2] ?? "").replace('"loss":2', '"loss":7')).join("\n"));
  await writeNotes(run.path, { note: "halved: the rate", tags: ["keep", "odd"] });
  const { code, stderr } = await toStore();
  assert.deepEqual([code, stderr], [0, `${run.id}: events.jsonl: line 3 is damaged; 1 event is missing.\n`]);
  const { metrics, tags } = await onlyRead(store);
  assert.deepEqual(
    metrics["loss"]?.map(([, step, value]) => [step, value]),
    [
      [1, 1],
      [3, 3],
    ],
  );
  assert.deepEqual([tags["mlflow.note.content"], tags["distill.tags"]], ["halved: the rate", "keep, odd"]);
  const again = await toStore();
  assert.deepEqual([again.code, /already exists/.test(again.stderr)], [1, true]);
  assert.equal((await onlyRead(store)).metrics["loss"]?.length, 2);
});

test("the runs of a sweep stand below it, in the experiment that the store has", {
  skip: read === undefined,
}, async (context) => {
  const { folder, store } = await exported(context, { events: [started("start", 0), stopped] });
  const experimentFile = join(folder, "a.distill.json");
  const members = [{ temperature: 1 }, { temperature: 4 }, { temperature: 8 }];
  const sweep = await createRun({
    ...{ runsDirectory: join(folder, "sweeps"), experimentFile, name: "it's: a" },
    ...{ experiment: { sweep: { parameters: { temperature: [1, 4, 8] } } }, members },
  });
  const job = await readJob(sweep);
  for (const member of job.members?.slice(0, 2) ?? []) {
    const experiment = member.settings;
    await createMember(sweep, job, { member, experiment, isTestWithheld: false });
    writeLog(memberDirectory(sweep, member), [started("start", 0), stepOf(1, 1), stopped]);
  }
  writeLog(sweep, [started("start", 0), stopped]);
  // As MLflow itself writes the experiment.
  const theirs = join(store, "345678901234567890");
  await mkdir(theirs, { recursive: true });
  await writeFile(
    join(theirs, "meta.yaml"),
    `artifact_location: file://${theirs}\nexperiment_id: '345678901234567890'\nlifecycle_stage: active\nname: 'it''s: a'\n`,
  );
  const { code, stderr } = await distill(
    ["export-log", sweep.path, "--format", "mlflow", "--out", "mlruns"],
    { cwd: folder },
  );
  assert.deepEqual([code, stderr], [0, ""]);
  const [experiment, ...others] = (await read?.(store)) ?? [];
  assert.deepEqual([experiment?.name, others], ["it's: a", []]);
  const parent = experiment?.runs.find(({ name }) => name === sweep.id);
  assert.equal(experiment?.runs.length, 3, "the third has not begun");
  for (const { name, tags, params, metrics } of experiment?.runs ?? [])
    if (name !== sweep.id) {
      assert.equal(tags["mlflow.parentRunId"], parent?.id);
      assert.equal(params["temperature"], name.endsWith("1") ? "1" : "4");
      assert.equal(metrics["loss"]?.length, 1);
    }
});

test("MLflow's server has the runs of a sweep as their logs do, and a second export doubles none", {
  skip: read === undefined,
  timeout: 600_000,
}, async (context) => {
  const settings = { losses: [{ type: "kd", temperature: 4 }], empty: "", "a:b": "x\n😀" };
  const { run, folder } = await writtenRun(context, { experiment: settings, events: [started("start", 0)] });
  writeLog(run, [stepOf(1, 1), stepOf(2, null), evaluation(2, 0.5), stopped]);
  const sweep = await createRun({
    ...{ runsDirectory: join(folder, "sweeps"), experimentFile: join(folder, "a.distill.json") },
    ...{ name: "it's: a", experiment: { sweep: {} }, members: [{ temperature: 1 }, { temperature: 4 }] },
  });
  writeLog(sweep, [started("start", 0), stopped]);
  const job = await readJob(sweep);
  for (const member of job.members ?? []) {
    await createMember(sweep, job, { member, experiment: member.settings, isTestWithheld: false });
    writeLog(memberDirectory(sweep, member), [started("start", 0), stepOf(1, 1), stopped]);
  }
  const server = await mlflowServer(context);
  const live = await scene(context, { steps: 20 });
  await succeed(["run", live.file, "--mlflow", server.href]);
  const send = (path: string) =>
    distill(["export-log", path, "--format", "mlflow", "--to", server.href], { cwd: folder });
  for (const path of [run.path, sweep.path, run.path, sweep.path]) {
    const { code, stdout, stderr } = await send(path);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /See it at http:\/\/127\.0\.0\.1:\d+\/#\/experiments\/\d+/);
  }
  const experiments = (await read?.(server)) ?? [];
  const runsOf = (name: string) => experiments.find((experiment) => experiment.name === name)?.runs ?? [];
  const [stored, ...others] = runsOf("a");
  assert.deepEqual(others, []);
  assert.deepEqual([stored?.name, stored?.status, stored?.start], [run.id, "KILLED", beginning]);
  assert.deepEqual(
    stored?.metrics["loss"]?.map(([, step, value]) => [step, value]),
    [
      [1, 1],
      [2, "nan"],
    ],
  );
  assert.equal(stored?.metrics["validation/accuracy"]?.length, 1);
  assert.deepEqual(
    [stored?.params["losses.0.temperature"], stored?.params["a_b"], stored?.params["empty"]],
    ["4", "x\n😀", ""],
  );
  const told = runsOf("clusters");
  assert.deepEqual(
    told.map(({ name, status, tags }) => [join(live.runs, name), status, tags["distill.state"]]),
    [[await onlyRun(live), "FINISHED", "completed"]],
  );
  assert.deepEqual(
    told[0]?.metrics["loss"]?.map(([, step, value]) => [step, value]),
    (await eventsOf(await onlyRun(live))).flatMap((event) =>
      event.type === "step" && event.subject === undefined ? [[event.step, event.loss]] : [],
    ),
    "all that was logged while it trained",
  );
  const ofSweep = runsOf("it's: a");
  const parent = ofSweep.find(({ name }) => name === sweep.id)?.id;
  assert.deepEqual(ofSweep.map(({ tags }) => tags["mlflow.parentRunId"]).sort(), [parent, parent, undefined]);
});
