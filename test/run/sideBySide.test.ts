import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { readManifest } from "../../server/runs/manifest.ts";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { fated, studentStep } from "./fate.ts";
import { askedToStop, goOn, kill, standing } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, scene, succeed, until } from "./support.ts";

const timeout = 600_000;
const sweep = { parameters: { temperature: [1, 4] } };

/** Two runs, begun in the background; those of these numbers stand still in the middle of their training. */
async function begun(
  context: TestContext,
  {
    jobs,
    standing: numbers,
    threads = 1,
  }: { readonly jobs: number; readonly standing?: string; readonly threads?: number | "absent" },
) {
  const it = await scene(context, {
    with: { sweep, jobs, threads: threads === "absent" ? undefined : threads },
  });
  const env = numbers && fated({ signal: "SIGSTOP", run: `-0[${numbers}]$`, event: studentStep, nth: 20 });
  const inside = { cwd: it.folder, ...(env ? { env } : {}) };
  await succeed(["run", it.file, "--detach"], inside);
  const [name = ""] = (await readdir(it.runs)).filter((name) => !/-\d\d$/.test(name));
  const path = join(it.runs, name);
  const member = (number: number) => `${path}-0${number}`;
  const stateOf = async (run: string) => (await summarizeRun(run))?.state;
  return {
    ...it,
    path,
    member,
    stateOf,
    ended: () => until(async () => (await stateOf(path)) !== "running" || undefined),
  };
}

test("runs that train at once share one teacher, and end with the bits of one after the other", {
  timeout,
}, async (context) => {
  const it = await begun(context, { jobs: 2, standing: "1" });
  const first = await standing(it.member(1));
  await until(async () => (await it.stateOf(it.member(2))) === "completed" || undefined);
  const { sweep: summary } = (await summarizeRun(it.path)) ?? {};
  assert.deepEqual([summary?.completed, summary?.current], [1, it.member(1)]);
  goOn(first);
  await it.ended();
  assert.equal(await it.stateOf(it.path), "completed");
  const ofTeacher = (await eventsOf(it.member(2))).filter(
    (event) => event.type === "step" && event.subject === "teacher",
  );
  assert.deepEqual(ofTeacher, []);
  const kept = await readdir(join(it.runs, "..", "cache"));
  assert.deepEqual(
    kept.filter((name) => name.endsWith(".claim")),
    [],
  );

  const other = await begun(context, { jobs: 1, standing: "1" });
  const alone = await standing(other.member(1));
  assert.ok(!existsSync(other.member(2)), "the second waits for its turn");
  goOn(alone);
  await other.ended();
  for (const number of [1, 2])
    await assertSameOutcome(it.member(number), await outcome(other.member(number)));
});

test("how many train at once, each with its share of the threads, changes no bit", {
  timeout,
}, async (context) => {
  const dense = (units: number) => ({ type: "dense", units, activation: "relu" });
  // The sums of its second product are grouped by the threads that divide it, and its steps are worth several.
  const student = { layers: [dense(256), dense(128), dense(4096), { type: "dense", units: 3 }] };
  const trained = async (jobs: number) => {
    const it = await scene(context, { with: { student, sweep, jobs, threads: undefined } });
    await succeed(["run", it.file], { cwd: it.folder });
    const names = (await readdir(it.runs)).filter((name) => /-\d\d$/.test(name)).sort();
    return names.map((name) => join(it.runs, name));
  };
  const [together, inTurn] = [await trained(2), await trained(1)];
  assert.deepEqual(await Promise.all([together[0], inTurn[0]].map(threadsOf)), [
    Math.max(1, Math.floor(availableParallelism() / 2)),
    availableParallelism(),
  ]);
  for (const [i, run] of together.entries()) await assertSameOutcome(run, await outcome(inTurn[i] as string));
});

const threadsOf = async (run: string | undefined): Promise<number | undefined> =>
  (await readManifest(runDirectory(run as string)))?.threads;

test("a run has its share of the threads, and all of them for the teacher that the others wait for", {
  timeout,
}, async (context) => {
  const it = await begun(context, { jobs: 2, standing: "1", threads: "absent" });
  const trainer = await standing(it.member(1));
  const environment = (await readFile(`/proc/${trainer}/environ`, "utf8")).split("\0");
  const share = Math.max(1, Math.floor(availableParallelism() / 2));
  const all = Math.min(availableParallelism(), 8);
  for (const given of [`DISTILL_THREADS=${share}`, `DISTILL_TEACHER_THREADS=${all}`])
    assert.ok(environment.includes(given), given);
  goOn(trainer);
  await it.ended();
});

test("while a run trains the teacher, another one that needs it says for which it waits", {
  timeout,
}, async (context) => {
  const it = await scene(context, { with: { threads: 1 } });
  const trains = { type: "phase", phase: "teacher", subject: "teacher" };
  const begin = async (env: NodeJS.ProcessEnv = {}) => {
    const { stdout } = await succeed(["run", it.file, "--detach"], { env });
    return stdout.trim();
  };
  const first = await begin(fated({ signal: "SIGSTOP", event: trains }));
  const pid = await standing(join(it.runs, first));
  const second = await begin();
  const waits = `running, waits for run ${first}, which trains the same teacher`;
  const listed = await until(async () => {
    const { stdout } = await distill(["list"], { cwd: it.folder });
    return stdout.includes("waits for") ? stdout : undefined;
  });
  const stateOf = (id: string) => listed.split("\n").find((line) => line.startsWith(id));
  assert.ok(stateOf(first)?.includes(" running, training the teacher "), listed);
  assert.ok(stateOf(second)?.includes(` ${waits} `), listed);
  const shown = await distill(["show", second], { cwd: it.folder });
  assert.ok(shown.stdout.includes(`${waits}\n`), shown.stdout);
  goOn(pid);
  for (const id of [first, second])
    await until(async () => (await summarizeRun(join(it.runs, id)))?.state === "completed" || undefined);
});

test("a stop reaches all that train, a kill only one, and the sweep goes on with what is missing", {
  timeout,
}, async (context) => {
  const it = await begun(context, { jobs: 2, standing: "12" });
  const [first, second] = [await standing(it.member(1)), await standing(it.member(2))] as const;
  assert.equal((await summarizeRun(it.path))?.sweep?.running, 2);
  await kill(first);
  assert.equal(await it.stateOf(it.member(1)), "interrupted");
  assert.equal(await it.stateOf(it.member(2)), "running");
  await distill(["stop", it.path]);
  await askedToStop(second);
  goOn(second);
  await it.ended();
  assert.deepEqual(await Promise.all([it.path, it.member(1), it.member(2)].map(it.stateOf)), [
    "stopped",
    "interrupted",
    "stopped",
  ]);
  await succeed(["resume", it.path]);
  assert.deepEqual(await Promise.all([it.path, it.member(1), it.member(2)].map(it.stateOf)), [
    "completed",
    "completed",
    "completed",
  ]);
});
