/** What the rows of a list say, and what a list keeps for the next one. */
import assert from "node:assert/strict";
import fs, { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Job } from "../../schemas/run-files.gen.ts";
import { holderRecord } from "./holder.ts";
import { newReading, type SummaryCache } from "./knownLogs.ts";
import { listRuns, notifyChanges, summarizeRun } from "./list.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rows-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A run with a log of these events, in the second of their place, and what else of its job is asked for. */
async function newRun(
  runs: string,
  id: string,
  events: readonly object[] = [],
  { experiment = {}, ...job }: Partial<Job> & { readonly experiment?: object } = {},
): Promise<string> {
  const path = join(runs, id);
  const whole = { mode: "start", runId: id, name: "n", experimentFile: "/e", baseDirectory: "/" };
  const lines = events.map((event, seq) => `${JSON.stringify({ seq, time: 1000 * seq, ...event })}\n`);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "job.json"), JSON.stringify({ ...whole, askedAt: 0, secondsBefore: 0, ...job }));
  await writeFile(join(path, "experiment.json"), JSON.stringify(experiment));
  await writeFile(join(path, "events.jsonl"), lines.join(""));
  return path;
}

const row = async (path: string) => (await summarizeRun(path)) ?? assert.fail();
const held = (path: string, since: number) =>
  writeFile(join(path, "lock"), JSON.stringify({ ...holderRecord(process.pid, path), since }));
const started = { type: "started", runId: "r", mode: "start", step: 0, totalSteps: 9 };
const failed = { type: "failed", code: "disk-full", message: "It is full.", hint: "Free some space." };
const result = { runId: "r", steps: 9, epochs: 1, seconds: 1, engine: "", device: "", parameters: 7 };
const completed = { type: "completed", summary: result };

test("a run that failed says why with its code and hint, until it is resumed", async (context) => {
  const path = await newRun(await folder(context), "a", [started, failed]);
  const why = ({ state, code, message, hint }: Awaited<ReturnType<typeof row>>) => [
    state,
    code,
    message,
    hint,
  ];
  assert.deepEqual(why(await row(path)), ["failed", "disk-full", "It is full.", "Free some space."]);
  await held(path, 1001);
  const { state, code, hint } = await row(path);
  assert.deepEqual([state, code, hint], ["running", undefined, undefined]);
});

test("a trainer that is at a run since its end in the log, or a completed one, does not run it", async (context) => {
  const runs = await folder(context);
  const stopped = await newRun(runs, "a", [started, { type: "stopped", reason: "SIGTERM", step: 3 }]);
  await held(stopped, 1000);
  assert.equal((await row(stopped)).state, "stopped");
  const whole = await newRun(runs, "b", [started, completed]);
  await held(whole, 5000);
  assert.equal((await row(whole)).state, "completed");
});

test("a run whose trainer has gone says so, and one that has said nothing yet checks its data", async (context) => {
  const path = await newRun(await folder(context), "a", [started]);
  const interrupted = await row(path);
  assert.deepEqual([interrupted.state, "phase" in interrupted], ["interrupted", false]);
  assert.match(interrupted.message ?? "", /trainer/);
  await held(path, 1);
  const { state, phase, doing } = await row(path);
  assert.deepEqual([state, phase, doing], ["running", "preflight", "checking data and models"]);
  await appendFile(
    join(path, "events.jsonl"),
    `${JSON.stringify({ seq: 1, time: 1, type: "phase", phase: "cache" })}\n`,
  );
  const later = await row(path);
  assert.deepEqual([later.phase, later.doing], ["cache", "preparing teacher outputs"]);
});

test("a run says what it learned from and how that changed, where its manifest does", async (context) => {
  const path = await newRun(await folder(context), "a", [started, completed]);
  const said = async (manifest?: object) => {
    if (manifest !== undefined) await writeFile(join(path, "manifest.json"), JSON.stringify(manifest));
    const { sources, changed } = await row(path);
    return [sources && Object.keys(sources), changed?.length];
  };
  assert.deepEqual(await said(), [undefined, undefined]);
  assert.deepEqual("sources" in (await row(path)) || "changed" in (await row(path)), false);
  assert.deepEqual(await said({ format: 2, data: {} }), [undefined, undefined]);
  const data = (digit: string) => ({
    train: { hash: digit.repeat(64), samples: 9, labels: digit.repeat(64), values: digit.repeat(64) },
  });
  const before = { step: 0, data: data("a") };
  assert.deepEqual(await said({ format: 2, data: data("a"), history: [before] }), [
    ["training data"],
    undefined,
  ]);
  const history = [before, { step: 4, data: data("b") }];
  assert.deepEqual(await said({ format: 2, data: data("b"), history }), [["training data"], 1]);
});

test("a run that cannot be read says which file and what to do, and is not known any more", async (context) => {
  const path = await newRun(await folder(context), "a", [started, completed]);
  const cache: SummaryCache = new Map();
  await summarizeRun(path, cache);
  assert.equal(cache.has(path), true);
  await writeFile(join(path, "job.json"), "[");
  const { state, code, message, name } = (await summarizeRun(path, cache)) ?? assert.fail();
  assert.deepEqual(
    [state, code, message, name],
    [
      "unreadable",
      "damaged",
      `${join(path, "job.json")} is damaged: it is not JSON. Restore the file from a copy, or remove the run.`,
      "a",
    ],
  );
  assert.equal(cache.has(path), false);
});

test("a sweep is one row over its runs that have begun, and each says which it is of it", async (context) => {
  const runs = await folder(context);
  const settings = [{ seed: 1 }, { seed: 2 }, { seed: 3 }];
  const members = settings.map((one, at) => ({ runId: `s-0${at + 1}`, settings: one }));
  const sweep = await newRun(runs, "s", [started], { members });
  const of = (index: number) => ({ sweep: { id: "s", index, settings: settings[index - 1] ?? {} } });
  const first = await newRun(runs, "s-01", [started, completed], {
    ...of(1),
    test: "held",
    experiment: { seed: 1 },
  });
  await newRun(runs, "s-02", [started, failed], { ...of(2), experiment: { seed: 2 } });
  await newRun(runs, "t", [started], { experiment: { seed: 5 } });
  const cache: SummaryCache = new Map();
  notifyChanges(cache);
  const rows = await listRuns(runs, cache);
  assert.deepEqual(
    rows.map(({ id, changes }) => [id, changes]),
    ["t", "s-02", "s-01", "s"].map((id) => [id, undefined]),
    "neither a sweep nor its runs are held against others by their settings",
  );
  const [, second, one, whole] = rows;
  assert.deepEqual(one?.member, { sweep, index: 1, settings: { seed: 1 }, test: "held" });
  assert.deepEqual(second?.member, { sweep, index: 2, settings: { seed: 2 } });
  const { total, completed: done, failed: broken, members: begun } = whole?.sweep ?? assert.fail();
  assert.deepEqual([total, done, broken, begun], [3, 1, 1, [first, join(runs, "s-02")]]);
  assert.deepEqual([whole?.name, whole?.state, whole?.step], ["n", "interrupted", 1]);
});

test("a run that was asked for its test split holds it still where it is complete without it", async (context) => {
  const runs = await folder(context);
  const read = { type: "completed", summary: { ...result, test: { accuracy: 0.5 } } };
  const rows: readonly [events: readonly object[], state: string, test: string][] = [
    [[started, completed], "completed", "held"],
    [[started, read], "completed", "asked"],
    [[started, completed, started], "interrupted", "asked"],
    [[started, completed, started, failed], "failed", "asked"],
    [[started, completed, started, read], "completed", "asked"],
    [[], "interrupted", "asked"],
  ];
  for (const [at, [events, state, test]] of rows.entries()) {
    const sweep = { id: "s", index: 1, settings: {} };
    const { state: is, member } = await row(await newRun(runs, `${at}`, events, { sweep, test: "asked" }));
    assert.deepEqual([is, member?.test], [state, test], `${at}`);
  }
});

test("settings are held against the newest run before it that trains the same, of the same experiment", async (context) => {
  const runs = await folder(context);
  const one = async (id: string, seed: number, job: Partial<Job> = {}) =>
    newRun(runs, id, [started], { ...job, experiment: { seed } });
  await one("1", 1);
  await one("2", 2, { subject: "teacher" });
  await one("3", 3, { experimentFile: "/other" });
  await one("4", 4);
  await writeFile(join(await one("5", 5), "job.json"), "[");
  const cache: SummaryCache = new Map();
  notifyChanges(cache);
  const rows = await listRuns(runs, cache);
  assert.deepEqual(
    rows.map(({ id, changes }) => [id, changes]),
    [
      ["5", undefined],
      ["4", ["seed 1 → 4"]],
      ["3", undefined],
      ["2", undefined],
      ["1", undefined],
    ],
  );
});

test("a folder of runs may be missing or a file, and one that cannot be read is an error", async (context) => {
  const runs = await folder(context);
  const file = join(runs, "file");
  await writeFile(file, "");
  assert.deepEqual([await listRuns(join(runs, "none")), await listRuns(file)], [[], []]);
  await newRun(runs, ".hidden", [started]);
  assert.deepEqual(await listRuns(runs), [], "nor does one count whose name begins with a dot");
  const long = join(runs, "n".repeat(300));
  await assert.rejects(listRuns(long), {
    name: "RunError",
    message: new RegExp(`^Could not read ${long}: `),
  });
});

test("the newest run comes first, in whatever order the folder names them", async (context) => {
  const runs = await folder(context);
  for (const id of ["1", "2", "3"]) await newRun(runs, id);
  const { readdir } = fs.promises;
  context.after(() => {
    fs.promises.readdir = readdir;
    syncBuiltinESMExports();
  });
  fs.promises.readdir = (async () => ["2", "3", ".index.json", "1"]) as unknown as typeof readdir;
  syncBuiltinESMExports();
  assert.deepEqual(
    (await listRuns(runs)).map(({ id }) => id),
    ["3", "2", "1"],
  );
});

test("what took reading is kept once it took a megabyte, and written anew only where a run is other or gone", async (context) => {
  const runs = await folder(context);
  const index = join(runs, ".index.json");
  const [first, second] = [
    await newRun(runs, "1", [started, completed]),
    await newRun(runs, "2", [started, completed]),
  ];
  const later = () => newReading(undefined, Date.now() + 60_000);
  await listRuns(runs, new Map(), later());
  assert.equal(existsSync(index), false, "nothing worth it");
  await truncate(join(first, "events.jsonl"), 3 << 20);
  const inode = async () => (await stat(index)).ino;
  const kept = async () => Object.keys(JSON.parse(await readFile(index, "utf8")).runs).sort();
  await listRuns(runs, new Map(), later());
  const written = await inode();
  assert.deepEqual(await kept(), ["1", "2"]);
  await listRuns(runs, new Map(), later());
  assert.equal(await inode(), written, "nothing is other");
  await appendFile(join(second, "events.jsonl"), `${JSON.stringify({ seq: 2, time: 5, ...failed })}\n`);
  await listRuns(runs, new Map(), later());
  const again = await inode();
  assert.notEqual(again, written);
  assert.equal(JSON.parse(await readFile(index, "utf8")).runs[2].facts.end.state, "failed");
  await rm(second, { recursive: true });
  await listRuns(runs, new Map(), later());
  assert.deepEqual(await kept(), ["1"]);
});
