import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "csv-parse/sync";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import type { RunSummary } from "../../server/protocol.ts";
import type { SweepReport } from "../../server/report/report.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { readJob, runDirectory } from "../../server/runs/runDirectory.ts";
import { fated, studentStep } from "./fate.ts";
import { askedToStop, dead, goOn, kill, standing } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, type Scene, type SceneOptions, scene, succeed, until } from "./support.ts";

const parameters = { temperature: [1, 4], "student.layers[0].units": [8, 12] };

/** Four runs of a second each, one after the other. */
const sweepScene = (context: TestContext, options: SceneOptions = {}) =>
  scene(context, { ...options, with: { jobs: 1, sweep: { parameters }, ...options.with } });

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
  await succeed(["run", it.file, "--detach"], { cwd: it.folder, env });
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
    /^run 4 of 4 is completed: accuracy validation \d/m,
    /^best on validation: run \d of 4 is completed: accuracy test \d/m,
    /^temperature +student\.layers\[0\]\.units +validation accuracy +validation nll +parameters +time$/m,
    /^4 +12 +\d+\.\d\d %/m,
    /^best on validation: temperature=/m,
    /^The test split was read for that one and the smallest good one alone: accuracy \d+\.\d\d %, nll \d/m,
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

  const best = (await sweep.summary()).sweep?.best ?? assert.fail("no best one");
  const members = [1, 2, 3, 4].map(sweep.member);
  const chosen = [smallestOf(sweep), best];
  assert.deepEqual(await tested(members), chosen);

  // The chosen member is what the command line makes of the file with the same values, bit for bit.
  const alone = await scene(context, { folder: it.folder });
  const settings = Object.entries((await summarizeRun(best))?.member?.settings ?? {});
  const sets = settings.flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  await succeed(["run", alone.file, ...sets], inside);
  const single = (await readdir(it.runs)).sort().at(-1) ?? "";
  await assertSameOutcome(best, await outcome(join(it.runs, single)));

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
    ["member", "member", "member", "member", "member", "member", "swept"],
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
  assert.deepEqual(
    points.map((point: { results: object }) => "test.accuracy" in point.results),
    members.map((run) => chosen.includes(run)),
  );
  assert.match(
    (await distill(["compare", id, single], inside)).stdout,
    /^temperature|losses\[0\]\.temperature/m,
  );
});

/** The smallest within a point of its teacher, by validation: that of 8 units with temperature 1. The best has 12. */
const smallestOf = ({ member }: Sweep): string => member(1);

/** Those whose test split was read. */
async function tested(runs: readonly string[]): Promise<string[]> {
  const isTested = (events: readonly RunEvent[]) =>
    events.some((event) => event.type === "evaluation" && event.split === "test");
  const read = await Promise.all(runs.map(async (run) => isTested(await eventsOf(run))));
  return runs.filter((_, index) => read[index]);
}

test("killed before the test split is read, or while it is, a sweep reads it of what it chose and of nothing else", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context);
  const inside = { cwd: it.folder };
  const beginsLast = fated({ signal: "SIGKILL", run: "-[0-9a-f]{3}$", event: { type: "member" }, nth: 4 });
  await succeed(["run", it.file, "--detach"], { ...inside, env: beginsLast });
  const sweep = await until(() => sweepOf(it).catch(() => undefined));
  const members = [1, 2, 3, 4].map(sweep.member);
  await until(async () => (await stateOf(sweep.member(4))) === "completed" || undefined);
  const unread = await sweep.summary();
  assert.deepEqual([unread.state, unread.step, await tested(members)], ["interrupted", 4, []]);

  const best = unread.sweep?.best ?? assert.fail("no best one");
  const isAsked = { type: "phase", phase: "preflight" };
  const beforeAWord = fated({ signal: "SIGKILL", run: "-0\\d$", event: isAsked, isBefore: true });
  await distill(["resume", "latest"], { ...inside, env: beforeAWord });
  assert.notEqual((await sweep.summary()).state, "completed");
  assert.deepEqual(await tested(members), []);

  const reads = fated({ signal: "SIGSTOP", event: { type: "evaluation", split: "test", subject: null } });
  await succeed(["resume", "latest", "--detach"], { ...inside, env: reads });
  const smallest = smallestOf(sweep);
  const reader = await standing(smallest);
  assert.deepEqual([(await sweep.summary()).step, (await sweep.summary()).sweep?.best], [4, best]);
  await Promise.all([kill(await pidOf(sweep.path)), kill(reader)]);
  assert.deepEqual(await Promise.all([sweep.path, smallest].map(stateOf)), ["interrupted", "interrupted"]);

  const { code, stdout } = await distill(["resume", "latest"], inside);
  assert.deepEqual([code, (await sweep.summary()).state], [0, "completed"]);
  assert.match(stdout, /^The test split was read for that one and the smallest good one alone: accuracy \d/m);
  assert.deepEqual(await tested(members), [smallest, best]);
  const again = await distill(["resume", "latest"], inside);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is completed/);
});

test("of a sweep over seeds each seed of what is chosen is tested; `test: all` tests every run; without validation none is", {
  timeout: 600_000,
}, async (context) => {
  const few = { temperature: [1, 4] };
  const short = { training: { steps: 10, evaluateEvery: 5 } };
  const runOf = async (more: Record<string, unknown>) => {
    const it = await scene(context, { with: { ...short, ...more } });
    const { stdout } = await succeed(["run", it.file], { cwd: it.folder });
    const sweep = await sweepOf(it);
    const runs = (await readdir(it.runs)).sort().filter((name) => /-\d\d$/.test(name));
    const read = await tested(runs.map((name) => join(it.runs, name)));
    return { stdout, read: read.map((run) => Number(run.slice(-2))), summary: await sweep.summary() };
  };
  const seeded = await runOf({ seed: undefined, seeds: [1, 2], sweep: { parameters: few } });
  const [first = 0] = seeded.read;
  assert.ok(
    [
      [1, 2],
      [3, 4],
    ].some((seeds) => seeds.join() === seeded.read.join()),
    seeded.read.join(),
  );
  assert.equal(Math.ceil(Number(seeded.summary.sweep?.best?.slice(-2)) / 2), Math.ceil(first / 2));

  const all = await runOf({ sweep: { parameters: few, test: "all" } });
  assert.deepEqual(all.read, [1, 2]);
  assert.match(all.stdout, /selecting the best by it would be too optimistic/);

  const source = (path: string) => ({ type: "csv", path, label: "label" });
  const blind = await runOf({
    data: { train: source("train.csv"), test: source("test.csv"), batchSize: 32 },
    sweep: { parameters: few },
  });
  assert.deepEqual([blind.read, blind.summary.state], [[], "completed"]);
  assert.equal(blind.summary.sweep?.best, undefined);
  assert.match(blind.stdout, /^No selection: the experiment has no validation\./m);
});

test("seeds are runs of the same experiment, reported as mean and deviation; --json is all their events", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { seed: undefined, seeds: [1, 2, 3] } });
  const { stdout } = await succeed(["run", it.file, "--json"], { cwd: it.folder });
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
  assert.match(table, /^mean ± std +3\/3 .* ± \d/m);
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
  const asked = await distill(["stop", "latest"], inside);
  assert.deepEqual([asked.code, /The trainer is suspended/.test(asked.stderr)], [1, true]);
  await askedToStop(trainer);
  goOn(trainer);
  await isOver(sweep);
  const stopped = await distill(["stop", "latest"], inside);
  assert.match(stopped.stderr, /is not running: it is stopped/);
  assert.deepEqual((await sweep.summary()).sweep?.completed, 1);
  assert.deepEqual(await Promise.all([1, 2, 3].map((number) => stateOf(sweep.member(number)))), [
    "completed",
    "stopped",
    undefined,
  ]);
  const before = await eventsOf(sweep.member(1));
  await succeed(["resume", "latest"], inside);
  assert.equal((await sweep.summary()).state, "completed");
  const after = await eventsOf(sweep.member(1));
  assert.deepEqual(after.slice(0, before.length), before);
  const more = after.slice(before.length);
  assert.ok(!more.some(({ type }) => type === "step"), "what is completed is not trained again");

  const whole = await sweepScene(context);
  await succeed(["run", whole.file, "--json"], { cwd: whole.folder });
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
  await succeed(["resume", "latest", "--detach"], resuming);
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
  await succeed(["resume", "latest"], { cwd: it.folder });
  assert.equal((await isOver(sweep)).sweep?.completed, 4);
});

test("a run that is killed or stopped by itself does not keep the next ones from being trained", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context);
  const sweep = await detached(it, "12");
  await kill(await standing(sweep.member(1)));
  const trainer = await standing(sweep.member(2));
  assert.match((await distill(["stop", sweep.member(2)])).stderr, /The trainer is suspended/);
  await askedToStop(trainer);
  goOn(trainer);
  const after = await isOver(sweep);
  assert.deepEqual([after.state, after.sweep?.completed], ["failed", 2]);
  assert.match(after.message ?? "", /1 of 4 runs did not complete/);
  await succeed(["resume", "latest"], { cwd: it.folder });
  assert.deepEqual((await isOver(sweep)).state, "completed");
});

test("ended at once, a sweep ends with the run that trains", { timeout: 600_000 }, async (context) => {
  const it = await sweepScene(context);
  const sweep = await detached(it, "1");
  const trainer = await standing(sweep.member(1));
  await succeed(["stop", "latest", "--force"], { cwd: it.folder });
  await dead(trainer);
  assert.deepEqual(await Promise.all([sweep.path, sweep.member(1)].map(stateOf)), [
    "interrupted",
    "interrupted",
  ]);
});

test("widths drawn from a range, none above the budget, and the smallest that is near the teacher", {
  timeout: 600_000,
}, async (context) => {
  const width = { min: 2, max: 200, log: true };
  const sweep = {
    parameters: { "student.layers[0].units": width },
    method: "random",
    runs: 4,
    budget: { parameters: 400 },
  };
  const it = await scene(context, { with: { sweep } });
  const { code, stdout, stderr } = await distill(["run", it.file], { cwd: it.folder });
  assert.equal(code, 0, stderr);
  const own = await sweepOf(it);
  const members = await Promise.all([1, 2, 3, 4].map((number) => summarizeRun(own.member(number))));
  const sizes = members.map((member) => member?.parameters ?? assert.fail("no parameters"));
  assert.ok(
    sizes.every((size) => size <= 400),
    String(sizes),
  );
  assert.equal(new Set(sizes).size, 4, "no width twice");
  assert.match(
    stdout,
    /^Pareto front, size against validation accuracy:\n {2,}[\d,]+ parameters +\d+\.\d\d %/m,
  );
  assert.match(
    stdout,
    /^(smallest|No student is) within 1 point of the teacher \(\d+\.\d\d % on validation\)/m,
  );

  const written = async (format: string): Promise<string> => {
    const { code, stdout, stderr } = await distill(["report", "latest", "--format", format], {
      cwd: it.folder,
    });
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout;
  };
  const report: SweepReport = JSON.parse(await written("json"));
  assert.ok(report.front.length > 0);
  for (const { runs, parameters, validation } of report.front) {
    const [member] = members.filter((member) => runs.includes(member?.id ?? ""));
    assert.deepEqual([member?.parameters, member?.metrics["validation.accuracy"]], [parameters, validation]);
    const beaten = report.runs.some(
      (other) =>
        (other.parameters ?? 0) <= parameters && (other.metrics["validation.accuracy"] ?? 0) > validation,
    );
    assert.ok(!beaten, String(parameters));
  }
  const chosen = stdout.includes("that one and the smallest good one alone") ? 2 : 1;
  assert.equal(report.runs.filter(({ metrics }) => "test.accuracy" in metrics).length, chosen);
  const rows = (await written("latex")).split("\n");
  assert.match(
    rows[0] ?? "",
    /^% student\.layers\[0\]\.units & validation accuracy & .* & test accuracy & .*parameters/,
  );
  assert.deepEqual(
    rows.slice(1, 5).map((row) => [row.split(" & ").length, row.endsWith(String.raw` \\`)]),
    Array(4).fill([rows[0]?.split(" & ").length, true]),
  );
  const cells: Record<string, string>[] = parse(await written("csv"), { columns: true });
  assert.deepEqual(
    cells
      .filter(({ network, split }) => network === "student" && split === "validation")
      .map(({ run, accuracy }) => [run, Number(accuracy)]),
    members.map((member) => [member?.id, member?.metrics["validation.accuracy"]]),
  );
  const [one] = members;
  const ofOne = await distill(["report", one?.directory ?? "", "--format", "csv"]);
  const columnsOf = ([row = {}]: typeof cells) =>
    Object.keys(row).filter((name) => !/^student\.|^gapRecovered$/.test(name));
  assert.deepEqual(columnsOf(cells), columnsOf(parse(ofOne.stdout, { columns: true })));
  const told = await written("md");
  assert.match(told, /^- (smallest|No student is) within 1 point of the teacher/m);
  assert.match(told, /^## Pareto front of size and validation$/m);
  assert.equal(told.match(/^\| \S+-0\d \|/gm)?.length, report.front.length + 4);
  const page = await written("html").then(() => readFile(join(it.folder, `${report.runId}.html`), "utf8"));
  assert.match(page, /<svg.*>Pareto front<.*>teacher</s);

  const tiny = { ...sweep, budget: { parameters: 2 } };
  const refused = await scene(context, { with: { sweep: tiny } });
  const again = await distill(["run", refused.file], { cwd: refused.folder });
  assert.equal(again.code, 2);
  assert.match(again.stderr, /sweep-budget No student is within the budget/);
  assert.deepEqual(await readdir(refused.runs).catch(() => []), []);
});

test("a budget of FLOPs trains students whose summaries stay below it", {
  timeout: 600_000,
}, async (context) => {
  // 2 · (6 · n + n · 3) operations of a prediction: 36, 144 and 360.
  const parameters = { "student.layers[0].units": [2, 8, 20] };
  const it = await scene(context, { with: { sweep: { parameters, budget: { flops: 144 } } } });
  const { stdout, stderr } = await succeed(["run", it.file], { cwd: it.folder });
  assert.match(stderr, /sweep-budget warning: Of 3 combinations, 2 are within the budget/);
  assert.match(stdout, /^sweep \S+: 2 runs$/m);
  const own = await sweepOf(it);
  const left = "Larger than 144 FLOPs, so not trained: student.layers[0].units=20 (360 FLOPs)";
  for (const told of [["show"], ["compare"], ["report", "--format", "md"]]) {
    const [command = "", ...options] = told;
    const said = await distill([command, own.path, ...options], { cwd: it.folder });
    assert.ok(said.stdout.replaceAll("\\", "").includes(left), `${command}: ${said.stdout}`);
  }
  const compared = JSON.parse((await distill(["compare", own.path, "--json"])).stdout);
  assert.deepEqual(
    compared.map(({ settings, runs, leftOut }: Record<string, unknown>) => [settings, runs, leftOut]),
    [
      ...[2, 8].map((units, index) => [
        { "student.layers[0].units": units },
        [basename(own.member(index + 1))],
        undefined,
      ]),
      [{ "student.layers[0].units": 20 }, [], { measure: "flops", limit: 144, size: 360 }],
    ],
  );
  const ends = await Promise.all([1, 2].map(async (number) => (await eventsOf(own.member(number))).at(-1)));
  assert.deepEqual(
    ends.map((end) => end?.type === "completed" && end.summary.costs?.["student"]?.flops),
    [36, 144],
  );
});

test("where no job can be submitted there is no run either", { timeout: 600_000 }, async (context) => {
  const it = await sweepScene(context);
  const queued = (env: NodeJS.ProcessEnv) =>
    distill(["run", it.file, "--executor", "slurm"], { cwd: it.folder, env });
  const without = await queued({ PATH: it.folder });
  assert.match(without.stderr, /^squeue could not be started: .*\nRun this on a machine of the cluster/m);
  const settings = join(it.folder, "distillery", "executors.json");
  await mkdir(join(it.folder, "distillery"));
  await writeFile(settings, '{"slurm": {"cpus": 0}}');
  const wrong = await queued({ XDG_DATA_HOME: it.folder });
  assert.match(wrong.stderr, /^slurm\.cpus in .* is 0; expected a whole number above 0\.$/m);
  assert.deepEqual([without.code, wrong.code, existsSync(it.runs)], [1, 1, false]);
});

test("no student that takes longer than the budget is trained, on this machine alone", {
  timeout: 600_000,
}, async (context) => {
  const it = await sweepScene(context, { with: { sweep: { parameters, budget: { latencyMs: 1e-6 } } } });
  const inside = { cwd: it.folder };
  const queued = await distill(["run", it.file, "--executor", "slurm"], inside);
  assert.match(
    queued.stderr,
    /: sweep-queued The budget `latencyMs` is measured on this machine before the runs train/,
  );
  const { code, stderr } = await distill(["run", it.file], inside);
  assert.equal(code, 1);
  const none =
    /^Failed: No student is within the budget of 0\.000001 ms a prediction: .* takes 0\.\d+ ms\.$/m;
  assert.match(stderr, none);
  const sweep = await sweepOf(it);
  assert.deepEqual(
    (await readdir(it.runs)).filter((name) => !name.startsWith(".")),
    [basename(sweep.path)],
  );
  const again = await distill(["resume", sweep.path], inside);
  assert.match(again.stderr, none, "and not timed again");
});

test("students of files, runs, other experiments and a person's own modules are sized and timed before training, too", {
  timeout: 600_000,
}, async (context) => {
  const student = { preset: "mlp", hidden: [8] };
  const other = await scene(context, {
    with: { student, teacher: undefined, losses: [{ type: "ce" }] },
    steps: 7,
  });
  const inside = { cwd: other.folder };
  const content = JSON.parse(await readFile(other.file, "utf8"));
  const { temperature: _, alpha: __, ...base } = content;
  await writeFile(join(other.folder, "other.distill.json"), JSON.stringify(base));
  await succeed(["run", "other.distill.json"], inside);
  const [run = ""] = (await readdir(other.runs)).filter((name) => !name.startsWith("."));
  await succeed(["export", run, "--format", "onnx", "--raw", "--out", "a.onnx"], inside);
  await rename(other.runs, join(other.folder, "former"));
  await writeFile(join(other.folder, "twice.ts"), twice);
  const students = [
    { model: "a.onnx" },
    { model: `former/${run}/best/model.json`, head: "replace" },
    { run: `former/${run}` },
    { experiment: "other.distill.json", head: "replace" },
    { layers: [{ type: "./twice.ts" }, { type: "dense", units: 3 }] },
  ];
  await writeFile(join(other.folder, "once.ts"), twice.replace("tf.mul(x, 2)", "tf.reshape(x, [-1])"));
  const unsound = [{ layers: [{ type: "./once.ts" }, { type: "dense", units: 3 }] }, { model: "gone.onnx" }];
  await writeFile(
    other.file,
    JSON.stringify({ ...base, sweep: { parameters: { student: [...students, ...unsound] } } }),
  );
  const refused = await distill(["check", other.file], inside);
  assert.equal(refused.code, 2, refused.stdout);
  assert.deepEqual(
    refused.stdout.match(/ (missing-file|module-\w+) /g),
    [" module-throws ", " missing-file "],
    refused.stdout,
  );

  const checkedWith = async (budget: object) => {
    const sweep = { parameters: { student: students }, budget };
    await writeFile(other.file, JSON.stringify({ ...base, sweep }));
    const { code, stdout } = await distill(["check", other.file], inside);
    return [code, stdout.match(/sweep-budget .*$/m)?.[0]];
  };
  // 8 · (6 + 1) + 3 · (8 + 1) weights, and 2 · (6 · 8 + 8 · 3) operations; the module's student has a dense layer of 6 · 3.
  const one = "sweep-budget warning: Of 5 combinations, 1 is within the budget; the others are not trained.";
  for (const budget of [{ flops: 143 }, { int8Bytes: 150 }, { parameters: 82 }])
    assert.deepEqual(await checkedWith(budget), [0, one], JSON.stringify(budget));
  for (const budget of [{ flops: 144 }, { parameters: 83 }])
    assert.deepEqual(await checkedWith(budget), [0, undefined], JSON.stringify(budget));

  const sweep = { parameters: { student: students }, budget: { latencyMs: 1e-6 } };
  await writeFile(other.file, JSON.stringify({ ...base, sweep }));
  await succeed(["check", other.file], inside);
  const { code, stdout, stderr } = await distill(["run", other.file], inside);
  assert.equal(code, 1, stdout);
  assert.match(stderr, /^Failed: No student is within the budget of 0\.000001 ms a prediction/m);
  const { latency } = await readJob(runDirectory((await sweepOf(other)).path));
  assert.deepEqual(
    latency?.nets.flatMap(({ refused = [] }) => refused),
    students.map((own) => ({ student: own })),
  );
});

const twice = `import { defineLayer } from "distillery";
export default defineLayer({
  description: "Twice what comes in.",
  parameters: {},
  shape: (input) => ({ output: input }),
  forward: ({ tf, x }) => tf.mul(x, 2),
});
`;
