import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Ajv } from "ajv";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { fated, studentStep } from "./fate.ts";
import { askedToStop, dead, goOn, kill, standing } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, type Scene, type SceneOptions, scene, until } from "./support.ts";

const parameters = { temperature: [1, 4], "student.layers[0].units": [8, 12] };

/** Four runs of a second each. */
const sweepScene = (context: TestContext, options: SceneOptions = {}) =>
  scene(context, { ...options, with: { sweep: { parameters }, ...options.with } });

interface Sweep {
  readonly path: string;
  readonly member: (number: number) => string;
  readonly summary: () => Promise<RunSummary>;
}

async function sweepOf({ runs }: Scene): Promise<Sweep> {
  const [name = ""] = (await readdir(runs)).filter((name) => !/-\d\d$/.test(name));
  const path = join(runs, name);
  return {
    path,
    member: (number) => `${path}-${String(number).padStart(2, "0")}`,
    summary: async () => (await summarizeRun(path)) ?? assert.fail("no sweep"),
  };
}

/** Starts a sweep whose runs of these numbers stand still in the middle of their training. */
async function detached(it: Scene, numbers: string): Promise<Sweep> {
  const env = standsStill(numbers);
  assert.equal((await distill(["run", it.file, "--detach"], { cwd: it.folder, env })).code, 0);
  return sweepOf(it);
}

const standsStill = (numbers: string) =>
  fated({ signal: "SIGSTOP", run: `-0[${numbers}]$`, event: studentStep, nth: 20 });

const isOver = async ({ path, summary }: Sweep) => {
  await until(() => lockHolder(path) === undefined || undefined);
  return summary();
};

const pidOf = async (run: string) => (await until(() => lockHolder(run))).pid;

const stateOf = async (run: string) => (await summarizeRun(run))?.state;

test("a sweep is one command, a run for each combination, one teacher, and a table", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context);
  const inside = { cwd: it.folder };
  const { code, stdout, stderr } = await distill(["run", it.file], inside);
  assert.deepEqual([code, stderr.replace(/^.* warning: .*\n/gm, "")], [0, ""]);
  for (const said of [
    /^sweep \S+: 4 runs$/m,
    /^run 3 of 4: temperature=4 · student\.layers\[0\]\.units=8$/m,
    /^run 4 of 4 is completed: accuracy \d/m,
    /^temperature +student\.layers\[0\]\.units +test accuracy +nll/m,
    /^4 +12 +\d+\.\d\d %/m,
    /^best on validation: temperature=/m,
  ])
    assert.match(stdout, said);

  const sweep = await sweepOf(it);
  const teacherSteps = await Promise.all(
    [1, 2, 3, 4].map(
      async (number) =>
        (await eventsOf(sweep.member(number))).filter(
          (event) => event.type === "step" && event.subject === "teacher",
        ).length,
    ),
  );
  assert.ok((teacherSteps[0] ?? 0) > 0, "the first run trains the teacher");
  assert.deepEqual(teacherSteps.slice(1), [0, 0, 0], "the others find it");

  // A member is what the command line makes of the file with the same values, bit for bit.
  const alone = await scene(context, { folder: it.folder });
  const sets = ["--set", "temperature=4", "--set", "student.layers[0].units=12"];
  assert.equal((await distill(["run", alone.file, ...sets], inside)).code, 0);
  const single = (await readdir(it.runs)).sort().at(-1) ?? "";
  await assertSameOutcome(sweep.member(4), await outcome(join(it.runs, single)));

  const manifest = JSON.parse(await readFile(join(sweep.member(2), "manifest.json"), "utf8"));
  assert.deepEqual(manifest.sweep, {
    id: sweep.path.split("/").at(-1),
    index: 2,
    settings: { temperature: 1, "student.layers[0].units": 12 },
  });
  const schema = JSON.parse(
    await readFile(new URL("../../schemas/run-event.schema.json", import.meta.url), "utf8"),
  );
  const isEvent = new Ajv({ strict: false }).compile(schema);
  const own = await eventsOf(sweep.path);
  assert.ok(own.every((event) => isEvent(event)));
  assert.deepEqual(
    own.map(({ type }) => type),
    ["member", "member", "member", "member", "swept"],
  );

  const listed: RunSummary[] = JSON.parse((await distill(["list", "--json"], inside)).stdout);
  const [group] = listed.filter((run) => run.sweep);
  assert.deepEqual([group?.state, group?.step, group?.totalSteps], ["completed", 4, 4]);
  assert.equal(listed.filter(({ member }) => member?.sweep === sweep.path).length, 4);
  const id = group?.id ?? "";
  assert.match((await distill(["compare", id], inside)).stdout, /^best on validation/m);
  const exported = await distill(["export", id, "--format", "onnx", "--out", "s.onnx"], inside);
  assert.equal(exported.code, 1);
  assert.match(exported.stderr, /is a sweep of 4 runs.*\n.*the best on validation is: \S+-0\d$/m);
  const points = JSON.parse((await distill(["compare", id, "--json"], inside)).stdout);
  assert.deepEqual(points[1].settings, { temperature: 1, "student.layers[0].units": 12 });
  assert.equal(points[1].results["test.accuracy"].count, 1);
  assert.match(
    (await distill(["compare", id, single], inside)).stdout,
    /^temperature|losses\[0\]\.temperature/m,
  );
});

test("seeds are runs of the same experiment, reported as mean and deviation; --json is all their events", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { seed: undefined, seeds: [1, 2, 3] } });
  const { code, stdout } = await distill(["run", it.file, "--json"], { cwd: it.folder });
  assert.equal(code, 0);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
  const ends = events.filter(({ type }) => ["member", "started", "completed", "swept"].includes(type));
  const each = ["member", "started", "completed"];
  assert.deepEqual(
    ends.map(({ type }) => type),
    [...each, ...each, ...each, "swept"],
  );
  const seeds = events.flatMap((event) => (event.type === "started" ? [event.seed] : []));
  assert.deepEqual(seeds, [1, 2, 3]);
  const { stdout: table } = await distill(["compare", "latest"], { cwd: it.folder });
  assert.match(table, /^seed 2 +1\/1 +\d/m);
  assert.match(table, /^mean ± std +3\/3 +\d+\.\d+ ± \d+\.\d+ %/m);
});

test("what is wrong with one of the runs is said before any is started", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context, { with: { sweep: { parameters: { temperature: [1, 0] } } } });
  const { code, stderr } = await distill(["run", it.file], { cwd: it.folder });
  assert.equal(code, 2);
  assert.match(stderr, /clusters\.distill\.json:\d+:\d+: out-of-range Expected a number > 0; found 0/);
  assert.deepEqual(await readdir(it.folder).then((names) => names.filter((name) => name === ".distill")), []);
});

test("a stopped sweep stops with the run that trains, and goes on with those that are missing", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context);
  const inside = { cwd: it.folder };
  const sweep = await detached(it, "2");
  const trainer = await standing(sweep.member(2));
  const stopping = distill(["stop", "latest"], inside);
  await askedToStop(trainer);
  goOn(trainer);
  const stopped = await stopping;
  assert.match(stopped.stdout, /is stopped with 1 of 4 runs done/);
  assert.deepEqual(await Promise.all([1, 2, 3].map((number) => stateOf(sweep.member(number)))), [
    "completed",
    "stopped",
    undefined,
  ]);
  const before = await eventsOf(sweep.member(1));
  const resumed = await distill(["resume", "latest"], inside);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal((await sweep.summary()).state, "completed");
  assert.deepEqual(await eventsOf(sweep.member(1)), before, "what is completed is left alone");

  const whole = await sweepScene(context);
  assert.equal((await distill(["run", whole.file, "--json"], { cwd: whole.folder })).code, 0);
  const undisturbed = await sweepOf(whole);
  for (const number of [1, 2, 3, 4])
    await assertSameOutcome(sweep.member(number), await outcome(undisturbed.member(number)));
});

test("killed, a sweep leaves the run that trains to end by itself, and resumes with the others", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context);
  const sweep = await detached(it, "1");
  const trainer = await standing(sweep.member(1));
  await kill(await pidOf(sweep.path));
  assert.equal((await sweep.summary()).state, "interrupted");
  assert.equal(await stateOf(sweep.member(1)), "running", "its process is its own");
  // Resumed while that one trains, the sweep waits for it and does not train it twice.
  const resuming = { cwd: it.folder, env: standsStill("2") };
  assert.equal((await distill(["resume", "latest", "--detach"], resuming)).code, 0);
  goOn(trainer);
  const second = await standing(sweep.member(2));
  assert.equal(await stateOf(sweep.member(1)), "completed");
  assert.equal((await eventsOf(sweep.member(1))).filter(({ type }) => type === "started").length, 1);
  // And killed with the run that trains, as by a power cut.
  await Promise.all([kill(await pidOf(sweep.path)), kill(second)]);
  assert.deepEqual(await Promise.all([sweep.path, sweep.member(2)].map(stateOf)), [
    "interrupted",
    "interrupted",
  ]);
  assert.equal((await distill(["resume", "latest"], { cwd: it.folder })).code, 0);
  assert.equal((await isOver(sweep)).sweep?.completed, 4);
});

test("a run that is killed or stopped by itself does not keep the next ones from being trained", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context);
  const sweep = await detached(it, "12");
  await kill(await standing(sweep.member(1)));
  const trainer = await standing(sweep.member(2));
  const stopping = distill(["stop", sweep.member(2)], { cwd: it.folder });
  await askedToStop(trainer);
  goOn(trainer);
  assert.equal((await stopping).code, 0);
  const after = await isOver(sweep);
  assert.deepEqual([after.state, after.sweep?.completed], ["failed", 2]);
  assert.match(after.message ?? "", /1 of 4 runs did not complete/);
  assert.equal((await distill(["resume", "latest"], { cwd: it.folder })).code, 0);
  assert.deepEqual((await isOver(sweep)).state, "completed");
});

test("ended at once, a sweep ends with the run that trains", { timeout: 600_000 }, async (context) => {
  const it = await sweepScene(context);
  const sweep = await detached(it, "1");
  const trainer = await standing(sweep.member(1));
  assert.equal((await distill(["stop", "latest", "--force"], { cwd: it.folder })).code, 0);
  await dead(trainer);
  assert.deepEqual(await Promise.all([sweep.path, sweep.member(1)].map(stateOf)), [
    "interrupted",
    "interrupted",
  ]);
});
