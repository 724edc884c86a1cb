import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { CodeLensRequest } from "vscode-languageserver-protocol/node";
import {
  DeleteRun,
  ListRuns,
  ResumeRun,
  type RunSummary,
  RunsChanged,
  StartRun,
  StopRun,
} from "../../server/protocol.ts";
import { idxFile } from "../support/idxFile.ts";
import {
  type LanguageServer,
  startLanguageServer,
  temporaryFolder,
  uriOf,
} from "../support/languageServer.ts";

/** Steps that no machine gets through while a test looks on. */
const endless = 1_000_000_000;

const experiment = (steps: number, jobs?: number) => ({
  data: {
    train: { type: "idx", images: "images", labels: "labels" },
    validation: { split: 0.2 },
    normalize: "fit",
    batchSize: 16,
  },
  teacher: { type: "layers", preset: "mlp", hidden: [32], train: { epochs: 1 } },
  student: { preset: "mlp", hidden: [8] },
  training: { steps, evaluateEvery: 2000, checkpointEvery: 2000, reportEvery: 20 },
  sweep: { parameters: { temperature: [2, 4], alpha: [0.5] } },
  ...(jobs === undefined ? {} : { jobs }),
});

interface Start {
  /** Runs at once, as the file says; null: it does not. */
  readonly jobs?: number | null;
  readonly settings?: object;
}

/** A folder with the experiment and its data: a hundred images of 4 × 4, of four classes. */
async function start(t: TestContext, steps: number, { jobs = 1, settings = {} }: Start = {}) {
  const folder = await temporaryFolder((clean) => t.after(clean), {
    images: idxFile(
      Array.from({ length: 1600 }, (_, i) => (i * 37) % 256),
      [100, 4, 4],
    ),
    labels: idxFile(
      Array.from({ length: 100 }, (_, i) => i % 4),
      [100],
    ),
    "a.distill.json": JSON.stringify(experiment(steps, jobs ?? undefined)),
  });
  const server = await startLanguageServer((clean) => t.after(clean), {
    folders: [folder],
    initializationOptions: settings,
  });
  return { folder, server, uri: uriOf(join(folder, "a.distill.json")) };
}

/** The latest that was told of each run. */
function listen({ connection }: LanguageServer) {
  const runs = new Map<string, RunSummary>();
  const standings = new Map<string, string[]>();
  connection.onNotification(RunsChanged, ({ runs: changed, removed }) => {
    for (const directory of removed) runs.delete(directory);
    for (const run of changed) {
      runs.set(run.directory, run);
      if (!run.sweep) continue;
      const standing = `${run.state} ${run.step}/${run.totalSteps}`;
      const known = standings.get(run.directory) ?? [];
      if (known.at(-1) !== standing) standings.set(run.directory, [...known, standing]);
    }
  });
  return { runs, standings };
}

/** Whether each of these is told to be stopped: a sweep's end may be told before that of its run, which came first. */
const areStopped = (runs: ReadonlyMap<string, RunSummary>, ...directories: readonly string[]): boolean =>
  directories.every((directory) => runs.get(directory)?.state === "stopped");

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a sweep is started, stopped, resumed and deleted as one", async (t) => {
  const { server, uri, folder } = await start(t, endless);
  const { connection } = server;
  const { runs } = listen(server);
  await server.open(uri, JSON.stringify(experiment(endless, 1)));
  const lenses = async () =>
    (await connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } }))?.map(
      ({ command }) => command?.title ?? "",
    ) ?? [];
  assert.equal((await lenses()).filter((title) => title === "Run 2 experiments").length, 2);

  const started = await connection.sendRequest(StartRun, { uri });
  assert.ok("directory" in started, JSON.stringify(started));
  const { directory } = started;
  await until(() => (runs.get(`${directory}-01`)?.step ?? 0) > 100, "steps of the first run");
  const first = runs.get(`${directory}-01`);
  assert.deepEqual(first?.member, { sweep: directory, index: 1, settings: { temperature: 2, alpha: 0.5 } });
  await until(() => runs.get(directory)?.sweep?.current === `${directory}-01`, "the sweep to know");
  const [stop, standing] = await lenses();
  assert.equal(stop, "Stop");
  assert.match(standing ?? "", /^\d+ % · run 1 of 2/);

  assert.deepEqual(await connection.sendRequest(StopRun, { directory }), {});
  await until(() => areStopped(runs, directory, `${directory}-01`), "the stop");
  assert.equal(existsSync(`${directory}-02`), false);

  assert.deepEqual(await connection.sendRequest(ResumeRun, { directory }), started);
  const refused = await connection.sendRequest(DeleteRun, { directory });
  assert.equal(refused.problem?.code, "locked");
  const before = runs.get(`${directory}-01`)?.step ?? 0;
  await until(() => (runs.get(`${directory}-01`)?.step ?? 0) > before, "further steps of the first run");
  assert.deepEqual(await connection.sendRequest(StopRun, { directory }), {});
  await until(() => runs.get(directory)?.state === "stopped", "the second stop");
  assert.equal((await connection.sendRequest(ListRuns, {})).length, 2);

  assert.deepEqual(await connection.sendRequest(DeleteRun, { directory }), {});
  await until(() => runs.size === 0, "the removal");
  assert.deepEqual(await connection.sendRequest(ListRuns, {}), []);
  assert.ok(existsSync(join(folder, "a.distill.json")));
  await server.shutdown();
});

test("the setting says how many runs train at once where the file does not", async (t) => {
  const settings = { jobs: 2 };
  const { server, uri } = await start(t, endless, { jobs: null, settings });
  const { runs } = listen(server);
  const started = await server.connection.sendRequest(StartRun, { uri });
  assert.ok("directory" in started, JSON.stringify(started));
  const { directory } = started;
  const trains = (number: number) => (runs.get(`${directory}-0${number}`)?.step ?? 0) > 0;
  await until(() => trains(1) && trains(2) && runs.get(directory)?.sweep?.running === 2, "both runs");
  await server.open(uri, JSON.stringify(experiment(endless)));
  const lenses = await server.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
  assert.ok(lenses?.some(({ command }) => /^\d+ % · 2 runs at once, 0 of 2 done/.test(command?.title ?? "")));
  assert.deepEqual(await server.connection.sendRequest(StopRun, { directory }), {});
  await until(() => areStopped(runs, directory, `${directory}-01`, `${directory}-02`), "the stop");
  await server.shutdown();

  const one = await start(t, endless, { jobs: 1, settings });
  const { runs: ofOne } = listen(one.server);
  const other = await one.server.connection.sendRequest(StartRun, { uri: one.uri });
  assert.ok("directory" in other);
  const { jobs } = JSON.parse(await readFile(join(other.directory, "experiment.json"), "utf8"));
  assert.equal(jobs, 1, "the file is obeyed");
  await one.server.connection.sendRequest(StopRun, { directory: other.directory });
  // Asked before it hears signals, a trainer ends at once, and is interrupted.
  const isOver = () => /stopped|interrupted/.test(ofOne.get(other.directory)?.state ?? "");
  await until(isOver, "its end");
  await one.server.shutdown();
});

/** Programs of a cluster that has no node: what is submitted waits until it is cancelled, and a run that is, for another attempt. */
const waitingCluster = {
  sbatch: `for word; do case $word in --job-name=*) echo "\${word#*=}" >"$0.name" ;; esac; done; echo 41`,
  squeue: `read -r name 2>/dev/null <"\${0%/*}/sbatch.name" || exit 0
for task in 1 2; do
  [ -e "$0.requeued_$task" ] && restarts=1 || restarts=0
  printf '%-120s%-16s%-32s%-16s%-60s%-8s%-60s\\n' "$name" $task 41_$task PENDING Resources $restarts ''
done`,
  scancel: `case $* in
  *_*) touch "\${0%/*}/squeue.requeued_\${*##*_}" ;;
  *) rm -f "\${0%/*}/sbatch.name" ;;
esac`,
};

test("the setting has the runs of a sweep train on a cluster, and those alone", async (t) => {
  const programs = join(await temporaryFolder((clean) => t.after(clean)), "programs");
  await mkdir(programs);
  for (const [name, text] of Object.entries(waitingCluster))
    await writeFile(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const { PATH: path = "" } = process.env;
  process.env["PATH"] = `${programs}${delimiter}${path}`;
  t.after(() => {
    process.env["PATH"] = path;
  });
  const { server, uri } = await start(t, 100, { settings: { executor: "slurm" } });
  const { connection } = server;
  const { runs } = listen(server);
  const started = await connection.sendRequest(StartRun, { uri });
  assert.ok("directory" in started, JSON.stringify(started));
  const { directory } = started;
  const places = () => [1, 2].map((number) => runs.get(`${directory}-0${number}`)?.place);
  await until(() => places().every((place) => place === "pending: Resources"), "both runs in the queue");
  assert.deepEqual(await connection.sendRequest(StopRun, { directory: `${directory}-01` }), {});
  await until(() => places()[0] === "pending: Resources, requeued 1x", "the first run in the queue again");
  assert.deepEqual(await connection.sendRequest(StopRun, { directory }), {});
  await until(() => runs.get(directory)?.state === "stopped", "the stop");
  assert.ok(!existsSync(join(programs, "sbatch.name")), "it is cancelled");
  const again = await connection.sendRequest(StopRun, { directory });
  assert.equal(again.problem?.code, "not-running");

  const teacher = await connection.sendRequest(StartRun, { uri, subject: "teacher" });
  assert.ok("directory" in teacher, JSON.stringify(teacher));
  await until(() => runs.get(teacher.directory)?.state === "completed", "the teacher");
  await server.shutdown();
});

test("a sweep is told of as it goes on, to its end", async (t) => {
  const { server, uri } = await start(t, 100);
  const { runs, standings } = listen(server);
  const started = await server.connection.sendRequest(StartRun, { uri });
  assert.ok("directory" in started, JSON.stringify(started));
  const { directory } = started;
  await until(() => runs.get(directory)?.state === "completed", "the end");
  assert.equal(runs.get(directory)?.sweep?.completed, 2);
  assert.ok(runs.get(directory)?.sweep?.best);
  // A server that is slow to look sees several changes as one, but nothing in another order.
  const told = standings.get(directory) ?? [];
  const all = ["running 0/2", "running 1/2", "running 2/2", "completed 2/2"];
  assert.deepEqual(
    told,
    all.filter((standing) => told.includes(standing)),
  );
  assert.equal((await server.connection.sendRequest(ListRuns, {})).length, 3);
  await server.shutdown();
});

test("a sweep outlives the server that started it, and the next one knows it", async (t) => {
  const { folder, server, uri } = await start(t, 100);
  const started = await server.connection.sendRequest(StartRun, { uri });
  assert.ok("directory" in started, JSON.stringify(started));
  await until(() => existsSync(join(`${started.directory}-01`, "lock")), "the first run");
  process.kill(server.pid ?? 0, "SIGKILL");
  const second = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const { runs } = listen(second);
  await until(async () => (await second.connection.sendRequest(ListRuns, {})).length > 0, "the runs");
  for (const directory of [started.directory, `${started.directory}-02`])
    await until(() => runs.get(directory)?.state === "completed", `the end of ${directory}`);
  await second.shutdown();
});

test("a run that ends after its sweep was killed is told of the sweep too", async (t) => {
  const { server, uri } = await start(t, endless);
  const { runs } = listen(server);
  const started = await server.connection.sendRequest(StartRun, { uri });
  assert.ok("directory" in started, JSON.stringify(started));
  const { directory } = started;
  await until(() => (runs.get(`${directory}-01`)?.step ?? 0) > 0, "the first run");
  const lock = JSON.parse(await readFile(join(directory, "lock"), "utf8")) as { pid: number };
  process.kill(lock.pid, "SIGKILL");
  const first = `${directory}-01`;
  await until(() => runs.get(directory)?.state === "interrupted", "the interruption");
  assert.equal(runs.get(directory)?.sweep?.current, first);
  assert.deepEqual(await server.connection.sendRequest(StopRun, { directory: first }), {});
  await until(() => runs.get(first)?.state === "stopped", "the run's end");
  await until(() => runs.get(directory)?.sweep?.current === undefined, "the sweep to know");
  await server.shutdown();
});
