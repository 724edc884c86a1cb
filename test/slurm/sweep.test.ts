import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { fated, studentStep } from "../run/fate.ts";
import { dead, goOn, standing } from "../run/lives.ts";
import { assertSameOutcome, outcome } from "../run/outcome.ts";
import { distill, eventsOf, type Scene, scene, succeed, until } from "../run/support.ts";
import { signal } from "../support/signal.ts";
import { startCluster } from "./cluster.ts";

const folder = await mkdtemp(join(tmpdir(), "slurm-"));
const cluster = await startCluster(folder);
after(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const numbers = [1, 2, 3, 4, 5, 6, 7, 8] as const;

async function sweepOf({ runs }: Scene): Promise<(number?: number) => string> {
  const [name = ""] = (await readdir(runs)).filter((name) => !name.startsWith(".") && !/-\d\d$/.test(name));
  return (number) => join(runs, number === undefined ? name : `${name}-${String(number).padStart(2, "0")}`);
}

const stateOf = async (run: string) => (await summarizeRun(run))?.state;

/** Once the sweep's process has said its last word. */
const ended = (run: string) =>
  until(async () => {
    const state = await stateOf(run);
    return state === "running" || state === undefined ? undefined : state;
  });

const contentOf = async (run: string) =>
  Promise.all(
    (await readdir(run, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && entry.name !== "trainer.log")
      .map(async ({ parentPath, name }) => [join(parentPath, name), await readFile(join(parentPath, name))]),
  );

test("a sweep that Slurm refuses, or that was killed as it was submitted, has no run that waits for ever", {
  timeout: 300_000,
}, async (context) => {
  const it = await scene(context, { with: { sweep: { parameters: { temperature: [1, 2] } } } });
  const file = join(it.folder, "data", "distillery", "executors.json");
  const own = { cwd: it.folder, env: { ...cluster.environment, XDG_DATA_HOME: join(it.folder, "data") } };
  const submit = (env: NodeJS.ProcessEnv = {}) =>
    distill(["run", it.file, "--executor", "slurm"], { ...own, env: { ...own.env, ...env } });
  const removed = async (): Promise<void> => {
    await succeed(["delete", (await sweepOf(it))(), "--yes"], own);
    assert.deepEqual(
      (await readdir(it.runs)).filter((name) => !name.startsWith(".")),
      [],
    );
  };
  await mkdir(file, { recursive: true });
  assert.match((await submit()).stderr, /^Could not read \S+executors\.json: it is a folder\.$/m);
  assert.equal(existsSync(it.runs), false);

  await rm(file, { recursive: true });
  await writeFile(file, JSON.stringify({ slurm: { partition: "none" } }));
  const refused = await submit();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Failed: sbatch refused: [^\n\\]*; [^\n\\]*$/m);
  const { stdout } = await distill(["list"], own);
  assert.match(stdout, / failed +0 of 2 runs/);
  assert.equal(stdout.match(/ stopped /g)?.length, 2, stdout);
  await removed();

  await rm(file);
  // Nothing of it begins, and the job in which it would go on is cancelled with the others.
  await cluster.slurm("scontrol", "update", "PartitionName=main", "State=DOWN");
  assert.equal((await submit()).code, 0);
  const isOut = "running, 2 pending, none of your jobs in the queue is of it: stop it, then resume it ";
  assert.ok(!(await distill(["list"], own)).stdout.includes(isOut));
  await cluster.slurm("scancel", `--name=${basename((await sweepOf(it))())}`);
  await cluster.slurm("scontrol", "update", "PartitionName=main", "State=UP");
  await until(async () => (await distill(["list"], own)).stdout.includes(isOut) || undefined);
  await succeed(["stop", (await sweepOf(it))()], own);
  await removed();

  await submit(fated({ signal: "SIGKILL", event: { type: "submitted" }, isBefore: true }));
  await succeed(["stop", (await sweepOf(it))()], own);
  await until(async () => (await cluster.slurm("squeue", "--noheader")) === "" || undefined);
  await removed();
});

test("a sweep on a cluster comes to what it comes to here, whatever befalls its runs and nodes", {
  timeout: 600_000,
}, async (context) => {
  const parameters = { temperature: [1, 2, 4, 8], "student.layers[0].units": [8, 12] };
  const options = { with: { sweep: { parameters } } };
  const here = await scene(context, options);
  await succeed(["run", here.file], { cwd: here.folder });
  const expected = await sweepOf(here);

  const it = await scene(context, options);
  const data = join(it.folder, "data");
  await mkdir(join(data, "distillery"), { recursive: true });
  await writeFile(
    join(data, "distillery", "executors.json"),
    JSON.stringify({ slurm: { partition: "main", time: "10", secondsToStop: 30 } }),
  );
  const environment = { ...cluster.environment, XDG_DATA_HOME: data };
  const env = {
    ...environment,
    // The first attempts of the first four stand still in the middle of their training.
    ...fated({ signal: "SIGSTOP", run: "task [1-4] restart 0$", event: studentStep, nth: 20 }),
  };
  const own = { cwd: it.folder, env };
  const submitted = await succeed(["run", it.file, "--executor", "slurm", "--jobs", "4"], own);
  assert.match(submitted.stdout, /8 runs are job array \d+ of Slurm\nSubmitted\. /);
  const run = await sweepOf(it);
  assert.equal(lockHolder(run()), undefined, "nothing stays behind where it was submitted");

  const pids = await Promise.all([1, 2, 3, 4].map((number) => standing(run(number))));
  const pidOf = (number: number) => pids[number - 1] as number;
  const nodeOf = (number: number) => lockHolder(run(number))?.attempt?.node;
  const on = (node: string) => [1, 2, 3, 4].filter((number) => nodeOf(number) === node);
  const [[limited = 0, cancelled = 0], lost] = [on("n1"), on("n2")];
  assert.equal(lost.length, 2);
  const listed = (await distill(["list"], own)).stdout;
  assert.match(listed, /running, 4 pending/);
  assert.equal(listed.match(/ pending: JobArrayTaskLimit /g)?.length, 4, listed);
  assert.equal(listed.match(/ running on n[12]\b/g)?.length, 4, listed);

  await cluster.loseNode("n2");
  // As Slurm does when the time limit is near; its own limits are whole minutes.
  signal(pidOf(limited), "SIGUSR2");
  goOn(pidOf(limited));
  const stopped = await distill(["stop", run(cancelled)], own);
  assert.match(stopped.stdout, / is stopped at step \d+\./);

  assert.equal(await ended(run()), "stopped");
  assert.equal(await stateOf(run(cancelled)), "stopped");
  for (const number of numbers.filter((number) => number !== cancelled))
    assert.equal(await stateOf(run(number)), "completed", `run ${number}`);

  // Copies that the lost node still has.
  for (const number of lost) {
    const before = await contentOf(run(number));
    goOn(pidOf(number));
    await dead(pidOf(number));
    assert.deepEqual(await contentOf(run(number)), before, "it ends without a trace");
  }

  await cluster.repair();
  await succeed(["resume", run()], { cwd: it.folder, env: environment });
  assert.equal(await ended(run()), "completed");
  for (const number of numbers) {
    await assertSameOutcome(run(number), await outcome(expected(number)));
    const begun = (await eventsOf(run(number))).filter(({ type }) => type === "started").length;
    const tested = (await eventsOf(run(number))).filter(({ type }) => type === "completed").length - 1;
    assert.equal(begun - tested, [limited, cancelled, ...lost].includes(number) ? 2 : 1, `run ${number}`);
  }
});
