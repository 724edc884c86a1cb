import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ownVersion } from "../server/packageRoot.ts";
import { summarizeRun } from "../server/runs/list.ts";
import { lockHolder } from "../server/runs/lock.ts";
import { readJob, runDirectory } from "../server/runs/runDirectory.ts";
import { fated, studentStep } from "../test/run/fate.ts";
import { kill, standing } from "../test/run/lives.ts";
import { assertSameOutcome, outcome } from "../test/run/outcome.ts";
import { distill as commanded, eventsOf, type Scene, scene, until } from "../test/run/support.ts";
import { type Cluster, startCluster } from "../test/slurm/cluster.ts";
import { distillProgram } from "./endToEnd.ts";
import { rounded } from "./statistics.ts";

/**
 * Sweeps on a real Slurm of two nodes on this machine, four runs at a time. What befalls 40 of them: a node is lost, one run comes to its
 * time limit, one is cancelled, and the disk of one is full; afterwards every run has ended once, with the bits that it has without a
 * cluster. Then how long it takes to submit, list and stop 1,000 runs, and to train 1,000 that take a tenth of a second each, beside jobs
 * that only sleep as long. Needs dist/ (`npm run build`), Slurm (`npm run setup:slurm`), and root for the full disk.
 *
 *     node bench/slurm.ts [--part misfortunes|queue|short] [--runs 40] [--many 1000]
 *
 * Without `--part` all of them; results in bench/slurm.json, after each part.
 */
const { values } = parseArgs({
  options: {
    part: { type: "string" },
    runs: { type: "string", default: "40" },
    many: { type: "string", default: "1000" },
  },
});

const parts = {
  misfortunes: () => misfortunes(Number(values.runs)),
  queue: () => queue(Number(values.many)),
  short: () => short(Number(values.many)),
};

const outFile = fileURLToPath(new URL("slurm.json", import.meta.url));
const endings: (() => Promise<unknown>)[] = [];
/** What is made as for a test is removed when this ends. */
const context = { after: (end: () => Promise<unknown>) => endings.unshift(end) } as unknown as TestContext;

let folder = "";
let cluster: Cluster;

async function misfortunes(runs: number) {
  const half = Math.ceil(runs / 2);
  const parameters = {
    temperature: Array.from({ length: half }, (_, index) => 1 + index / 4),
    "student.layers[0].units": [8, 12],
  };
  const options = { with: { sweep: { parameters } } };
  const here = await scene(context, options);
  const localSeconds = await seconds(() => distill(["run", here.file, "--jobs", "4"], here));
  const expected = await sweepOf(here);

  const it = await scene(context, options);
  const env = await settingsIn(it, { time: "2", secondsToStop: 20 });
  const [limited, cancelled, full] = [5, 9, half + 10];
  const fate = fated({
    signal: "SIGSTOP",
    run: `task (${limited}|${cancelled}) restart 0$`,
    event: studentStep,
    nth: 20,
  });
  const begin = performance.now();
  await distill(["run", it.file, "--executor", "slurm", "--jobs", "4"], it, { ...env, ...fate });
  const run = await sweepOf(it);
  const disk = await smallDisk(run(full));
  const nodeOf = (number: number) => lockHolder(run(number))?.attempt?.node;

  // Slurm continues it when its time limit is near.
  await standing(run(limited));
  const other = nodeOf(limited) === "n1" ? "n2" : "n1";
  const scancel = standing(run(cancelled)).then(async () => {
    const queued = await cluster.slurm("squeue", "-h", "-r", "-o", "%i %K");
    const [, job = ""] = new RegExp(`^(\\d+_\\d+) ${cancelled}$`, "m").exec(queued) ?? [];
    await cluster.slurm("scancel", job);
  });
  while (((await summarizeRun(run()))?.step ?? 0) < runs / 4) await sleep(200);
  const lost = await until(() =>
    numbers(runs).find((number) => number !== cancelled && number !== limited && nodeOf(number) === other),
  );
  const lostPid = lockHolder(run(lost))?.pid as number;
  await cluster.loseNode(other);
  await loseProcess(lostPid);
  await scancel;
  const sweep = await lastWord(run());
  await cluster.repair();
  const states: Record<string, number> = {};
  for (const number of numbers(runs)) {
    const state = (await summarizeRun(run(number)))?.state ?? "none";
    states[state] = (states[state] ?? 0) + 1;
  }
  await disk.grow();
  await distill(["resume", run()], it, env);
  assert.equal(await lastWord(run()), "swept");
  const clusterSeconds = Math.round((performance.now() - begin) / 1000);

  let attempts = 0;
  for (const number of numbers(runs)) {
    await assertSameOutcome(run(number), await outcome(expected(number)));
    const events = await eventsOf(run(number));
    const once = events.filter(({ type }) => type === "completed").length;
    const isTested = (await readJob(runDirectory(run(number)))).test === "asked";
    assert.equal(once, isTested ? 2 : 1, `run ${number}`);
    attempts += events.filter(({ type }) => type === "started").length - (isTested ? 1 : 0);
  }
  assert.equal((await namesIn(it)).length, runs + 1);
  return {
    runs,
    atOnce: 4,
    afterMisfortunes: { sweep, ...states },
    afterResume: { sameBitsAsHere: runs, attempts },
    localSeconds,
    clusterSeconds,
  };
}

/** Of a cluster that starts nothing. */
async function queue(runs: number) {
  const it = await manyRuns(runs);
  const env = await settingsIn(it, {});
  await cluster.slurm("scontrol", "update", "PartitionName=main", "State=DOWN");
  const submitSeconds = await seconds(() => distill(["run", it.file, "--executor", "slurm"], it, env));
  const listSeconds = await seconds(async () => {
    const listed = await distill(["list"], it, env);
    assert.equal(listed.match(/ pending: PartitionDown/g)?.length, runs);
  });
  const run = await sweepOf(it);
  const stopSeconds = await seconds(() => distill(["stop", run()], it, env));
  assert.equal((await summarizeRun(run()))?.state, "stopped");
  return { runs, submitSeconds, listSeconds, stopSeconds };
}

async function short(runs: number) {
  const jobs = Math.ceil(runs / 5);
  const jobsSeconds = await seconds(async () => {
    await cluster.slurm("sbatch", `--array=1-${jobs}`, "--output=/dev/null", "--wrap=sleep 0.1");
    while ((await cluster.slurm("squeue", "-h")) !== "") await sleep(250);
  });
  const it = await manyRuns(runs);
  const loaded = fileURLToPath(new URL("slurm/shortTraining.ts", import.meta.url));
  const env = { ...(await settingsIn(it, {})), NODE_OPTIONS: `--import=${loaded}` };
  let submitSeconds = 0;
  const sweepSeconds = await seconds(async () => {
    submitSeconds = await seconds(() => distill(["run", it.file, "--executor", "slurm"], it, env));
    const run = await sweepOf(it);
    assert.equal(await lastWord(run()), "swept", JSON.stringify(await summarizeRun(run())));
  });
  const run = await sweepOf(it);
  let [first, last, spent] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const number of numbers(runs)) {
    const times = (await eventsOf(run(number))).map(({ time }) => time);
    first = Math.min(first, ...times);
    last = Math.max(last, ...times);
    spent += Math.max(...times) - Math.min(...times);
  }
  return {
    runs,
    atOnce: 4,
    secondsOfRun: 0.1,
    sleepingJobs: { jobs, seconds: jobsSeconds },
    sweepSeconds,
    submitSeconds,
    /** From the first run's start to the last one's end. */
    trainingSeconds: rounded((last - first) / 1000),
    meanRunSeconds: rounded(spent / runs / 1000),
  };
}

async function manyRuns(runs: number): Promise<Scene> {
  const parameters = { temperature: Array.from({ length: runs }, (_, index) => 1 + index / runs) };
  const data = {
    train: { type: "csv", path: "train.csv", label: "label" },
    validation: { split: 0.2 },
    batchSize: 32,
  };
  return scene(context, { with: { data, sweep: { parameters } } });
}

/** @returns what `distill` prints */
async function distill(words: readonly string[], { folder: cwd }: Scene, env = {}): Promise<string> {
  const { code, stdout, stderr } = await commanded(words, { cwd, env, cli: distillProgram });
  assert.equal(code, 0, stderr);
  return stdout;
}

async function settingsIn({ folder: home }: Scene, slurm: object): Promise<Record<string, string>> {
  const data = join(home, "data");
  await mkdir(join(data, "distillery"), { recursive: true });
  await writeFile(join(data, "distillery", "executors.json"), JSON.stringify({ slurm }));
  return { ...cluster.environment, XDG_DATA_HOME: data };
}

/** What runs on a node is lost with it: first Slurm's own process, so that it tells nobody. */
async function loseProcess(pid: number): Promise<void> {
  const [, parent = ""] = /^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  assert.match(await readFile(`/proc/${parent}/comm`, "utf8"), /^slurmstepd/);
  await kill(Number(parent));
  await kill(pid);
}

/** A disk for what is in a folder with hardly any room for more. */
async function smallDisk(path: string) {
  const beside = `${folder}/beside`;
  await cp(path, beside, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=72k", "tmpfs", path]);
  endings.unshift(async () => execFileSync("umount", ["-l", path]));
  await cp(beside, path, { recursive: true });
  return { grow: async () => execFileSync("mount", ["-o", "remount,size=1g", path]) };
}

const namesIn = async ({ runs }: Scene) => (await readdir(runs)).filter((name) => !name.startsWith("."));

async function sweepOf(it: Scene): Promise<(number?: number) => string> {
  const names = await namesIn(it);
  const [name = ""] = names.sort((a, b) => a.length - b.length);
  const digits = (names.at(-1)?.length ?? 0) - name.length - 1;
  return (number) =>
    join(it.runs, number === undefined ? name : `${name}-${String(number).padStart(digits, "0")}`);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** The last word of a sweep, by its log alone: to read those of its runs would take the time that is measured. */
async function lastWord(run: string): Promise<string> {
  for (;;) {
    const type = (await eventsOf(run)).at(-1)?.type;
    if (type === "swept" || type === "failed" || type === "stopped") return type;
    await sleep(200);
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return Math.round((performance.now() - begin) / 100) / 10;
}

try {
  for (const [name, measure] of Object.entries(parts)) {
    if (values.part !== undefined && values.part !== name) continue;
    folder = await mkdtemp(join(tmpdir(), "slurm-"));
    cluster = await startCluster(folder);
    endings.unshift(async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    const found = { date: new Date().toISOString().slice(0, 10), ...(await measure()) };
    process.stdout.write(`${JSON.stringify({ [name]: found }, null, 2)}\n`);
    const before = JSON.parse(await readFile(outFile, "utf8").catch(() => "{}")) as Record<string, unknown>;
    const versions = {
      distillery: ownVersion(),
      node: process.versions.node,
      slurm: (await cluster.slurm("sbatch", "--version")).replace("slurm-wlm ", ""),
    };
    const results = { ...before, versions, cores: availableParallelism(), [name]: found };
    await writeFile(outFile, `${JSON.stringify(results, null, 2)}\n`);
    for (const end of endings.splice(0)) await end();
  }
} finally {
  for (const end of endings) await end();
}
