import assert from "node:assert/strict";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CodeAction, Hover } from "vscode-languageserver-protocol/node";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { resolve } from "../../server/language/resolve.ts";
import {
  AnnotateRun,
  DeleteRun,
  FindNode,
  ListRuns,
  ReadEvents,
  ReadResultCard,
  ReadRunExperiment,
  ReadRunFacts,
  ReadSeries,
  ReadSettings,
  ResumeRun,
  RunEvents,
  type RunSummary,
  RunsChanged,
  type RunsChangedParams,
  type Settings,
  StartRun,
  StopRun,
} from "../../server/protocol.ts";
import { type EventLog, openEventLog } from "../../server/runs/eventLog.ts";
import { writeManifest } from "../../server/runs/manifest.ts";
import { createRun, type RunDirectory } from "../../server/runs/runDirectory.ts";
import { idxFile } from "../support/idxFile.ts";
import {
  type LanguageServer,
  startLanguageServer,
  temporaryFolder,
  uriOf,
} from "../support/languageServer.ts";

/** A run as a trainer would write it, without a trainer. */
async function fakeRun(
  folder: string,
  experiment: unknown = {},
): Promise<{ run: RunDirectory; log: EventLog }> {
  const run = await createRun({
    runsDirectory: join(folder, ".distill", "runs"),
    experimentFile: join(folder, "a.distill.json"),
    name: "a",
    experiment,
  });
  return { run, log: openEventLog(run.events) };
}

const started = (log: EventLog, run: RunDirectory) =>
  log.append({ type: "started", runId: run.id, mode: "start", step: 0, totalSteps: 1000 });

const step = (log: EventLog, number: number) =>
  log.append({
    type: "step",
    step: number,
    epoch: 0,
    loss: 1 / number,
    terms: { kd: { raw: 1, weighted: 0.5 } },
    learningRate: 0.001,
    gradNorm: 1,
    stepMs: 1,
    dataMs: 0,
    samplesPerSecond: 1,
  });

/** Everything that the server tells about runs. */
function listen({ connection }: LanguageServer) {
  const told = { changes: [] as RunsChangedParams[], events: new Map<string, RunEvent[]>(), batches: 0 };
  connection.onNotification(RunsChanged, (change) => {
    told.changes.push(change);
  });
  connection.onNotification(RunEvents, ({ directory, events }) => {
    told.batches++;
    told.events.set(directory, [...(told.events.get(directory) ?? []), ...events]);
  });
  return told;
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function start(t: TestContext) {
  const folder = await temporaryFolder((clean) => t.after(clean), { "a.distill.json": "{}" });
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  return { folder, server, told: listen(server) };
}

test("a run that begins elsewhere appears by itself, with every event once and in order", async (t) => {
  const { folder, server, told } = await start(t);
  await server.connection.sendRequest(ListRuns, {});
  const { run, log } = await fakeRun(folder);
  started(log, run);
  const begin = performance.now();
  for (let number = 1; number <= 400; number++) {
    step(log, number);
    if (number % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await until(() => told.events.get(run.path)?.length === 401, "401 events");
  assert.deepEqual(
    told.events.get(run.path)?.map(({ seq }) => seq),
    Array.from({ length: 401 }, (_, seq) => seq),
  );
  // At most thirty batches a second, and one at each end.
  const most = (performance.now() - begin) / 33 + 2;
  assert.ok(told.batches <= most, `${told.batches} batches, at most ${most}`);
  const runs = await server.connection.sendRequest(ListRuns, {});
  assert.equal(runs[0]?.directory, run.path);
  assert.equal(runs[0]?.step, 400);
  assert.equal(runs[0]?.experiment, join(folder, "a.distill.json"));

  // No editor tells of what is in a folder within a new one.
  const deep = join(folder, "new", "deep");
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, "b.distill.json"), "{}");
  const { run: other, log: otherLog } = await fakeRun(deep);
  started(otherLog, other);
  const found = await server.connection.sendRequest(ListRuns, {});
  assert.deepEqual(found.map(({ directory }) => directory).sort(), [run.path, other.path].sort());

  const job = JSON.parse(await readFile(run.job, "utf8"));
  await writeFile(run.job, JSON.stringify({ ...job, name: "edited by hand" }));
  const names = () => told.changes.flatMap(({ runs }) => runs.map(({ name }) => name));
  await until(() => names().includes("edited by hand"), "the job as it is now");
  await server.shutdown();
});

test("notes written here or elsewhere are told with their run; those of a damaged one are refused", async (t) => {
  const { folder, server, told } = await start(t);
  const { run, log } = await fakeRun(folder);
  started(log, run);
  const runs = await server.connection.sendRequest(ListRuns, {});
  const [directory = ""] = runs.map((listed) => listed.directory);
  const annotate = (notes: object) => server.connection.sendRequest(AnnotateRun, { directory, ...notes });
  const last = () => told.changes.flatMap((change) => change.runs).at(-1);
  assert.deepEqual(await annotate({ note: "odd", tags: ["a", "a", " "] }), {});
  await until(() => last()?.note === "odd", "the note");
  assert.deepEqual(last()?.tags, ["a"]);
  await writeFile(run.notes, '{ "note": "by hand" }');
  await until(() => last()?.note === "by hand", "the note of another program");
  await writeFile(run.notes, "{");
  assert.equal((await annotate({ tags: ["b"] })).problem?.code, "damaged");
  await server.shutdown();
});

test("the settings of runs: those that differ, each once, and those that are the same", async (t) => {
  const { folder, server } = await start(t);
  const experiment = (temperature: number) => ({
    name: `t${temperature}`,
    ...{ losses: [{ temperature }], stages: [{ losses: [{ temperature }] }], layers: [64, 32] },
  });
  const [{ run: a }, { run: b }] = [
    await fakeRun(folder, experiment(2)),
    await fakeRun(folder, experiment(4)),
  ];
  const { run: damaged } = await fakeRun(folder);
  await writeFile(damaged.experiment, "{");
  const directories = [a.path, damaged.path, b.path];
  assert.deepEqual(await server.connection.sendRequest(ReadSettings, { directories }), {
    differ: [{ path: "stages[0].losses[0].temperature", values: [2, 4], of: [0, -1, 1] }],
    same: { layers: "[64, 32]" },
  });
  await server.shutdown();
});

test("each event reaches the client without being asked for", async (t) => {
  const { folder, server, told } = await start(t);
  await server.connection.sendRequest(ListRuns, {}); // What is there before is not told but listed.
  const { run, log } = await fakeRun(folder);
  started(log, run);
  await until(() => told.events.get(run.path)?.length === 1, "the first event");
  const delays: number[] = [];
  for (let number = 1; number <= 20; number++) {
    const at = performance.now();
    step(log, number);
    await until(() => told.events.get(run.path)?.length === number + 1, `event ${number}`);
    delays.push(performance.now() - at);
  }
  t.diagnostic(`median ${delays.sort((a, b) => a - b)[10]?.toFixed(0)} ms`);
  await server.shutdown();
});

test("a server that comes later goes on where the series end: nothing doubled, nothing missing", async (t) => {
  const { folder, server } = await start(t);
  const { run, log } = await fakeRun(folder);
  started(log, run);
  for (let number = 1; number <= 50; number++) step(log, number);
  await server.shutdown();

  for (let number = 51; number <= 60; number++) step(log, number);
  const second = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const told = listen(second);
  await until(async () => (await second.connection.sendRequest(ListRuns, {})).length === 1, "the run");
  const series = await second.connection.sendRequest(ReadSeries, {
    directory: run.path,
    series: ["loss", "terms.kd.raw", "nothing"],
    buckets: 1000,
  });
  assert.equal(series.lastSeq, 60);
  assert.equal(series.series["loss"]?.step.length, 60);
  assert.equal(series.series["nothing"], undefined);
  for (let number = 61; number <= 70; number++) step(log, number);
  await until(() => told.events.get(run.path)?.at(-1)?.seq === 70, "the last event");
  const seqs = told.events.get(run.path)?.map(({ seq }) => seq) ?? [];
  assert.deepEqual(
    seqs.filter((seq) => seq > series.lastSeq),
    Array.from({ length: 10 }, (_, index) => 61 + index),
  );
  const missed = await second.connection.sendRequest(ReadEvents, { directory: run.path, afterSeq: 68 });
  assert.deepEqual(
    missed.map(({ seq }) => seq),
    [69, 70],
  );
  await second.shutdown();
});

test("what the last run has shown of the terms is said of the text", async (t) => {
  const { folder, server } = await start(t);
  const { run, log } = await fakeRun(folder);
  started(log, run);
  for (let number = 1; number <= 20; number++) {
    log.append({
      type: "step",
      step: number,
      epoch: 0,
      loss: 1,
      terms: { kd: { raw: 500, weighted: 500 }, ce: { raw: 1, weighted: 1 } },
      learningRate: 0.001,
      gradNorm: 1,
      stepMs: 1,
      dataMs: 0,
      samplesPerSecond: 1,
    });
  }
  const uri = uriOf(join(folder, "a.distill.json"));
  await server.open(
    uri,
    `{ "teacher": { "type": "onnx", "path": "t" }, "losses": [{ "type": "kd" }, { "type": "ce" }] }`,
  );
  log.append({ type: "stopped", step: 20, reason: "asked" });
  const found = await server.diagnostics(uri, 1, (all) => all.some(({ code }) => code === "term-sizes"));
  assert.match(String(found.find(({ code }) => code === "term-sizes")?.message), /500 times/);
  await server.shutdown();
});

test("how long a sweep trains is said at its key, by the newest run that came to its end", async (t) => {
  const { folder, server } = await start(t);
  const uri = uriOf(join(folder, "a.distill.json"));
  const content = `{ "training": { "steps": 100 }, "sweep": { "parameters": { "alpha": [0.1, 0.9] } } }`;
  await server.open(uri, content);
  const hovered = async () => {
    const position = { line: 0, character: content.indexOf("sweep") };
    const hover: Hover | null = await server.connection.sendRequest("textDocument/hover", {
      textDocument: { uri },
      position,
    });
    return JSON.stringify(hover?.contents);
  };
  await server.connection.sendRequest(ListRuns, {});
  assert.match(await hovered(), /\*\*2 experiments\*\*(?!.*In all)/);
  const { run, log } = await fakeRun(folder);
  started(log, run);
  const ended = { runId: run.id, steps: 10, epochs: 1, seconds: 20, engine: "", device: "", parameters: 9 };
  log.append({ type: "completed", summary: ended });
  log.close();
  await server.connection.sendRequest(ListRuns, {});
  await until(
    async () => (await hovered()).includes("In all about 6 min 40 s of training, at 2000 ms a step"),
    "the time",
  );
  await server.shutdown();
});

test("what the newest run was warned of its teacher is said of the text, until either is another", async (t) => {
  const { folder, server } = await start(t);
  const uri = uriOf(join(folder, "a.distill.json"));
  const experiment = (path: string) => ({
    data: { train: { type: "csv", path: "train.csv", label: "label" } },
    teacher: { type: "onnx", path },
    student: { layers: [{ type: "dense", units: 3 }] },
  });
  await server.open(uri, JSON.stringify(experiment("t.onnx")));
  const isWarned = (all: readonly { code?: string | number }[]) =>
    all.some(({ code }) => code === "teacher-chance");
  const { run, log } = await fakeRun(folder, resolve(experiment("t.onnx") as Experiment));
  const warnings = [{ code: "teacher-chance", message: "The teacher is right for 10.0 %." }];
  await writeManifest(run, { warnings });
  started(log, run);
  const found = (await server.diagnostics(uri, 1, isWarned)).find(({ code }) => code === "teacher-chance");
  assert.equal(found?.message, "In the last run: The teacher is right for 10.0 %.");
  const actions = await server.connection.sendRequest<CodeAction[]>("textDocument/codeAction", {
    textDocument: { uri },
    range: found?.range,
    context: { diagnostics: [] },
  });
  const { command: shown } = actions.find(({ title }) => title === "Show the run") ?? {};
  assert.deepEqual([shown?.command, shown?.arguments], ["distill.openCharts", [uri, run.path]]);

  // Another teacher has not been asked yet.
  await server.change(uri, 2, JSON.stringify(experiment("u.onnx")));
  await server.diagnostics(uri, 2, (all) => !isWarned(all));
  await server.change(uri, 3, JSON.stringify(experiment("t.onnx")));
  await server.diagnostics(uri, 3, isWarned);
  // A later run that has nothing against it, and the earlier one again when that is gone.
  const later = await fakeRun(folder, resolve(experiment("t.onnx") as Experiment));
  started(later.log, later.run);
  await server.diagnostics(uri, 3, (all) => !isWarned(all));
  later.log.append({ type: "stopped", step: 1, reason: "asked" });
  await server.connection.sendRequest(DeleteRun, { directory: later.run.path });
  await server.diagnostics(uri, 3, isWarned);
  await server.shutdown();
});

test("a run is deleted, and that is told; what is no run is refused as an answer", async (t) => {
  const { folder, server, told } = await start(t);
  const { run, log } = await fakeRun(folder);
  started(log, run);
  await until(() => told.changes.length > 0, "the run");
  log.close();
  const { connection } = server;
  assert.deepEqual(await connection.sendRequest(StopRun, { directory: run.path }), {
    problem: { code: "not-running", message: "The run is not running." },
  });
  assert.deepEqual(await connection.sendRequest(DeleteRun, { directory: run.path }), {});
  await until(() => told.changes.some(({ removed }) => removed.includes(run.path)), "the removal");
  assert.deepEqual(await connection.sendRequest(ListRuns, {}), []);
  await mkdir(join(folder, "other"));
  const refused = await connection.sendRequest(DeleteRun, { directory: join(folder, "other") });
  assert.ok(refused.problem?.message);
  const resumed = await connection.sendRequest(ResumeRun, { directory: join(folder, "other") });
  assert.ok("problem" in resumed);
  await server.shutdown();
});

test("what a run was made of and trained with is told, and which of its files is damaged", async (t) => {
  const { folder, server } = await start(t);
  const { run, log } = await fakeRun(folder, {
    seed: 4,
    student: { layers: [{ type: "dense", units: 3 }], hidden: [64, 32] },
  });
  log.close();
  const ask = () => server.connection.sendRequest(ReadRunFacts, { directory: run.path });
  const settings = {
    seed: 4,
    "student.layers[0].type": "dense",
    "student.layers[0].units": 3,
    "student.hidden": "[64, 32]",
  };
  assert.deepEqual(await ask(), { settings, engine: [] });
  const askText = () => server.connection.sendRequest(ReadRunExperiment, { directory: run.path });
  const written = await askText();
  assert.ok("text" in written);
  assert.deepEqual(JSON.parse(written.text), JSON.parse(await readFile(run.experiment, "utf8")));
  await writeManifest(run, { engine: "onnxruntime 1.30.0", device: "cpu" });
  const whole = { settings, engine: [["engine", "onnxruntime 1.30.0, cpu"]] };
  assert.deepEqual(await ask(), whole);

  const kept = await readFile(run.manifest);
  for (const [file, content, problem] of [
    [run.manifest, '{"engine": "onn', "it is not JSON"],
    [run.manifest, '{"engine": 3}', "engine is 3; expected string"],
    [run.manifest, `{"engine": ${"[".repeat(600)}${"]".repeat(600)}}`, "it is nested more than 500 deep"],
    [run.experiment, "[]", "it is []; expected object"],
  ] as const) {
    const before = await readFile(file);
    await writeFile(file, content);
    for (const refused of [await ask(), await askText()])
      assert.equal("problem" in refused && refused.problem.message, `${file} is damaged: ${problem}.`);
    await writeFile(file, before);
  }
  await rm(run.manifest);
  await writeFile(join(folder, "elsewhere.json"), kept);
  await symlink(join(folder, "elsewhere.json"), run.manifest);
  const linked = await ask();
  assert.equal("problem" in linked && linked.problem.code, "link");
  await rm(run.manifest);
  await writeFile(run.manifest, kept);
  assert.deepEqual(await ask(), whole);

  await rm(run.path, { recursive: true });
  const gone = await ask();
  assert.equal("problem" in gone && gone.problem.code, "not-a-run");
  await server.shutdown();
});

test("the verdict on a completed run is told in the words of its report, and damaged predictions in a sentence", async (t) => {
  const { folder, server } = await start(t);
  const experiment: Experiment = {
    data: { train: { type: "csv", path: "a.csv", label: "y" } },
    student: { layers: [{ type: "dense", units: 3 }] },
    seed: 4,
  };
  const { run, log } = await fakeRun(folder, resolve(experiment));
  started(log, run);
  const summary = {
    ...{ runId: run.id, steps: 10, epochs: 1, seconds: 1, engine: "onnxruntime", device: "cpu" },
    ...{ parameters: 1234, test: { accuracy: 0.9 }, best: { step: 7, metrics: { accuracy: 0.95 } } },
    costs: { student: { p50Ms: 0.25, p95Ms: 0.5, flops: 2468 } },
  };
  log.append({ type: "completed", summary });
  log.close();
  await writeManifest(run, { engine: "onnxruntime", device: "cpu", machine: { cpu: "EPYC", cores: 2 } });
  const ask = () => server.connection.sendRequest(ReadResultCard, { directory: run.path });
  assert.deepEqual(await ask(), {
    name: "a",
    head: [
      ...["", "test accuracy", "test negative log-likelihood", "test calibration error", "parameters"],
      ...["FLOPs", "ms a prediction, p50", "p95"],
    ],
    rows: [["student", "90.00 %", "–", "–", "1,234", "2,468", "0.25", "0.5"]],
    lines: [
      "Validation accuracy chose the weights of step 7; seed 4.",
      "A prediction, of one sample, was timed after the training on EPYC, 2 cores, onnxruntime, cpu.",
    ],
  });
  await writeFile(join(run.path, "predictions.safetensors"), "cut");
  const refused = await ask();
  assert.match(
    "problem" in refused ? refused.problem.message : "",
    /predictions\.safetensors is not a whole/,
  );
  await server.shutdown();
});

test("nothing is started in a workspace that is not trusted, nor from a wrong file", async (t) => {
  const folder = await temporaryFolder((clean) => t.after(clean), { "a.distill.json": `{ "sed": 1 }` });
  const uri = uriOf(join(folder, "a.distill.json"));
  const untrusted = await startLanguageServer((clean) => t.after(clean), {
    folders: [folder],
    initializationOptions: { trusted: false },
  });
  const refused = await untrusted.connection.sendRequest(StartRun, { uri });
  assert.equal("problem" in refused && refused.problem.code, "untrusted");
  await untrusted.shutdown();

  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const wrong = await server.connection.sendRequest(StartRun, { uri });
  const { code, message } = "problem" in wrong ? wrong.problem : assert.fail("it was started");
  assert.equal(code, "wrong-file");
  assert.match(message, /^Line 1: "data" is missing in the experiment.*\. And \d more errors\.$/);
  assert.deepEqual(await server.connection.sendRequest(ListRuns, {}), []);
  await server.shutdown();
});

test("a folder that cannot hold runs is told with the setting that names another", async (t) => {
  const text = JSON.stringify({
    data: { train: { type: "csv", path: "t.csv", label: "label" }, batchSize: 4 },
    student: { preset: "mlp", hidden: [4] },
    losses: [{ type: "ce" }],
  });
  const table = `label,a\n${Array.from({ length: 20 }, (_, i) => `${i % 2},${i}`).join("\n")}\n`;
  const folder = await temporaryFolder((clean) => t.after(clean), { "a.distill.json": text, "t.csv": table });
  const server = await startLanguageServer((clean) => t.after(clean), {
    folders: [folder],
    initializationOptions: { runsDirectory: "t.csv/runs" },
  });
  const uri = uriOf(join(folder, "a.distill.json"));
  const started = await server.connection.sendRequest(StartRun, { uri });
  const { message, hint = "" } = "problem" in started ? started.problem : assert.fail("it was started");
  assert.match(message, /a part of the path is not a folder/);
  assert.match(hint, /with the setting `distill\.runsDirectory`/);
  assert.doesNotMatch(hint, /--/);
  await server.shutdown();
});

test("the client is told which Node trainers run on, and what is wrong with the one that is set", async (t) => {
  const folder = await temporaryFolder((clean) => t.after(clean), {});
  const ask = async (initializationOptions: Settings) => {
    const server = await startLanguageServer((clean) => t.after(clean), {
      folders: [folder],
      initializationOptions,
    });
    const found = await server.connection.sendRequest(FindNode, {});
    await server.shutdown();
    return found;
  };
  assert.deepEqual(await ask({}), { path: process.execPath, environment: {} });

  const linked = join(folder, "its own node");
  await symlink(process.execPath, linked);
  assert.deepEqual(await ask({ nodePath: linked }), { path: linked, environment: {} });

  const missing = join(folder, "missing");
  const unfit = await ask({ nodePath: missing });
  assert.equal("problem" in unfit && unfit.problem.code, "no-node");
  assert.ok("problem" in unfit && unfit.problem.message.startsWith(missing));
  assert.ok("problem" in unfit && unfit.problem.hint?.includes("distill.nodePath"));

  const untrusted = await ask({ nodePath: linked, trusted: false });
  assert.equal("problem" in untrusted && untrusted.problem.code, "untrusted");
});

/** Steps that no machine gets through while a test looks on. */
const endless = 1_000_000_000;

const longExperiment = {
  data: {
    train: { type: "idx", images: "images", labels: "labels" },
    validation: { split: 0.2 },
    normalize: "fit",
    batchSize: 16,
  },
  teacher: { type: "layers", preset: "mlp", hidden: [32], train: { epochs: 1 } },
  student: { preset: "mlp", hidden: [8] },
  training: { steps: endless, evaluateEvery: endless, checkpointEvery: endless },
};

/** A folder with an experiment and its data: a hundred images of 4 × 4, of four classes. */
const trainable = (t: TestContext, experiment: object) =>
  temporaryFolder((clean) => t.after(clean), {
    images: idxFile(
      Array.from({ length: 100 * 16 }, (_, i) => (i * 37) % 256),
      [100, 4, 4],
    ),
    labels: idxFile(
      Array.from({ length: 100 }, (_, i) => i % 4),
      [100],
    ),
    "a.distill.json": JSON.stringify(experiment),
  });

test("a trainer is started, outlives the server that started it, and can be stopped by another", async (t) => {
  const folder = await trainable(t, longExperiment);
  const first = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const run = await first.connection.sendRequest(StartRun, {
    uri: uriOf(join(folder, "a.distill.json")),
    overrides: { seed: 3 },
  });
  assert.ok("directory" in run, JSON.stringify(run));
  await until(async () => (await summary(first, run.directory)).step > 0, "the first step");
  process.kill(first.pid ?? 0, "SIGKILL");

  const second = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  await until(async () => (await second.connection.sendRequest(ListRuns, {})).length === 1, "the run");
  const before = await summary(second, run.directory);
  assert.equal(before.state, "running");
  await until(async () => (await summary(second, run.directory)).step > before.step, "another step");
  assert.deepEqual(await second.connection.sendRequest(StopRun, { directory: run.directory }), {});
  await until(async () => (await summary(second, run.directory)).state === "stopped", "the stop");
  await second.shutdown();
});

test("the teacher is trained without the student; one in a file is not", async (t) => {
  const folder = await trainable(t, longExperiment);
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  const run = await server.connection.sendRequest(StartRun, { uri, subject: "teacher" });
  assert.ok("directory" in run, JSON.stringify(run));
  await until(async () => (await summary(server, run.directory)).state === "completed", "the end");
  const { subject, step, totalSteps, metrics } = await summary(server, run.directory);
  // 80 of 100 samples are left for training: 5 batches.
  assert.deepEqual([subject, step, totalSteps], ["teacher", 5, 5]);
  assert.ok(metrics["validation.accuracy"] !== undefined);

  const teacher = { type: "tfjs", path: join(run.directory, "best", "model.json") };
  await writeFile(join(folder, "a.distill.json"), JSON.stringify({ ...longExperiment, teacher }));
  const refused = await server.connection.sendRequest(StartRun, { uri, subject: "teacher" });
  assert.equal("problem" in refused && refused.problem.code, "teacher-file");
  await server.shutdown();
});

async function summary({ connection }: LanguageServer, directory: string): Promise<RunSummary> {
  const run = (await connection.sendRequest(ListRuns, {})).find((run) => run.directory === directory);
  assert.ok(run);
  return run;
}
