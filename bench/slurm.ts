import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { summarizeRun } from "../server/runs/list.ts";
import { lockHolder } from "../server/runs/lock.ts";
import { fated, studentStep } from "../test/run/fate.ts";
import { goOn, standing } from "../test/run/lives.ts";
import { assertSameOutcome, outcome } from "../test/run/outcome.ts";
import { distill, eventsOf, type Scene, scene, until } from "../test/run/support.ts";
import { startCluster } from "../test/slurm/cluster.ts";

/**
 * A sweep on a real Slurm of two nodes on this machine, four runs at a time: in the middle a node is lost, one run comes to its time limit, one
 * is cancelled, and the disk of one is full. Afterwards every run has ended once, with the bits that it has here. Then how long it takes to
 * submit many runs. `node bench/slurm.ts [--runs 40] [--submit 1000] [--keep]`; as root, for the full disk. `--keep` writes bench/slurm.json.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "40" },
    submit: { type: "string", default: "1000" },
    keep: { type: "boolean", default: false },
  },
});

const endings: (() => Promise<unknown>)[] = [];
/** What is made for a test is removed when this ends. */
const context = { after: (end: () => Promise<unknown>) => endings.unshift(end) } as unknown as TestContext;

const folder = await mkdtemp(join(tmpdir(), "slurm-"));
const cluster = await startCluster(folder);
endings.unshift(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});
try {
  const campaign = await misfortunes(Number(values.runs));
  const submission = await submitting(Number(values.submit));
  const results = { measuredAt: new Date().toISOString().slice(0, 10), ...campaign, ...submission };
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  if (values.keep)
    await writeFile(new URL("slurm.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
} finally {
  for (const end of endings) await end();
}

async function misfortunes(runs: number) {
  const half = Math.ceil(runs / 2);
  const parameters = {
    temperature: Array.from({ length: half }, (_, index) => 1 + index / 4),
    "student.layers[0].units": [8, 12],
  };
  const options = { with: { sweep: { parameters } } };
  const here = await scene(context, options);
  const localSeconds = await seconds(async () => {
    assert.equal((await distill(["run", here.file, "--jobs", "4"], { cwd: here.folder })).code, 0);
  });
  const expected = await sweepOf(here);
  const it = await scene(context, options);
  const environment = await settingsIn(it, { time: "1", secondsToStop: 30 });
  const [limited, cancelled, full] = [5, 9, half + 10];
  const env = {
    ...environment,
    ...fated({
      signal: "SIGSTOP",
      run: `task (${limited}|${cancelled}) restart 0$`,
      event: studentStep,
      nth: 20,
    }),
  };
  const own = { cwd: it.folder, env };
  const begin = performance.now();
  const submitted = await distill(["run", it.file, "--executor", "slurm", "--jobs", "4"], own);
  assert.equal(submitted.code, 0, submitted.stderr);
  const run = await sweepOf(it);
  const disk = await smallDisk(run(full));
  const befallen = Promise.all([
    // The signal waits while the run stands still. Its number is 12.
    standing(run(limited)).then(async (pid) => {
      await until(async () => ((await pendingSignals(pid)) & (1n << 11n)) !== 0n || undefined);
      goOn(pid);
    }),
    standing(run(cancelled)).then(async () => {
      const queue = await cluster.slurm("squeue", "-h", "-r", "-o", "%i %K");
      const [, job = ""] = new RegExp(`^(\\d+_${cancelled}) `, "m").exec(queue) ?? [];
      await cluster.slurm("scancel", job);
    }),
  ]);
  await until(async () => ((await summarizeRun(run()))?.step ?? 0) >= runs / 4 || undefined);
  const lost = await until(() =>
    numbers(runs).find((number) => lockHolder(run(number))?.attempt?.node === "n2"),
  );
  await cluster.loseNode("n2");
  await sleep(60_000);
  await cluster.repair();
  await befallen;
  const firstEnd = await ended(run());
  const states: Record<string, number> = {};
  for (const number of numbers(runs)) {
    const state = (await summarizeRun(run(number)))?.state ?? "none";
    states[state] = (states[state] ?? 0) + 1;
  }
  await disk.grow();
  assert.equal((await distill(["resume", run()], { cwd: it.folder, env: environment })).code, 0);
  assert.equal(await ended(run()), "completed");
  const clusterSeconds = (performance.now() - begin) / 1000;
  let attempts = 0;
  for (const number of numbers(runs)) {
    await assertSameOutcome(run(number), await outcome(expected(number)));
    const events = await eventsOf(run(number));
    attempts += events.filter(({ type }) => type === "started").length;
    const once = events.filter(({ type }) => type === "completed").length;
    assert.ok(
      once === 1 || (once === 2 && events.some(({ type }) => type === "evaluation")),
      `run ${number}`,
    );
  }
  return {
    runs,
    atOnce: 4,
    lost,
    afterTheMisfortunes: { sweep: firstEnd, ...states },
    afterResume: { sameBitsAsHere: runs, attempts },
    localSeconds,
    clusterSeconds: Math.round(clusterSeconds),
  };
}

async function submitting(runs: number) {
  const parameters = { temperature: Array.from({ length: runs }, (_, index) => 1 + index / 1000) };
  const it = await scene(context, { with: { sweep: { parameters } } });
  const env = await settingsIn(it, {});
  await cluster.slurm("scontrol", "update", "PartitionName=main", "State=DOWN");
  const own = { cwd: it.folder, env };
  const submitSeconds = await seconds(async () => {
    const submitted = await distill(["run", it.file, "--executor", "slurm"], own);
    assert.equal(submitted.code, 0, submitted.stderr);
  });
  const listSeconds = await seconds(async () => {
    const listed = await distill(["list"], own);
    assert.equal(listed.stdout.match(/ pending: PartitionDown/g)?.length, runs);
  });
  const run = await sweepOf(it);
  const stopSeconds = await seconds(async () => {
    assert.equal((await distill(["stop", run()], own)).code, 0);
  });
  return { submitted: runs, submitSeconds, listSeconds, stopSeconds };
}

async function settingsIn({ folder: home }: Scene, slurm: object): Promise<Record<string, string>> {
  const data = join(home, "data");
  await mkdir(join(data, "distillery"), { recursive: true });
  await writeFile(join(data, "distillery", "executors.json"), JSON.stringify({ slurm }));
  return { ...cluster.environment, XDG_DATA_HOME: data };
}

/** A disk for what is in a folder with hardly any room for more. */
async function smallDisk(path: string) {
  const beside = `${folder}/beside`;
  await cp(path, beside, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=72k", "tmpfs", path]);
  await cp(beside, path, { recursive: true });
  return {
    async grow() {
      execFileSync("mount", ["-o", "remount,size=1g", path]);
      endings.unshift(async () => execFileSync("umount", ["-l", path]));
    },
  };
}

async function sweepOf({ runs }: Scene): Promise<(number?: number) => string> {
  const names = (await readdir(runs)).filter((name) => !name.startsWith("."));
  const [name = ""] = names.sort((a, b) => a.length - b.length);
  const digits = (names.at(-1)?.length ?? 0) - name.length - 1;
  return (number) =>
    join(runs, number === undefined ? name : `${name}-${String(number).padStart(digits, "0")}`);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

async function ended(run: string): Promise<string> {
  for (;;) {
    const state = (await summarizeRun(run))?.state;
    if (state !== "running" && state !== undefined) return state;
    await sleep(500);
  }
}

const pendingSignals = async (pid: number): Promise<bigint> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return BigInt(`0x0${/^ShdPnd:\s*(\w+)$/m.exec(status)?.[1] ?? ""}`);
};

async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return Math.round((performance.now() - begin) / 100) / 10;
}
