import assert from "node:assert/strict";
import fs, { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Job } from "../../schemas/run-files.gen.ts";
import { ownVersion } from "../packageRoot.ts";
import {
  assertOwnMembers,
  checkedExperiment,
  createRun,
  isMemberOf,
  newRunId,
  openRun,
  type RunDirectory,
  readExperiment,
  readJob,
  readKnownJob,
  runDirectory,
  timeInId,
  writeJob,
} from "./runDirectory.ts";
import type { RunError } from "./runError.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "run-directory-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

const now = new Date(Date.UTC(2025, 0, 31, 4, 5, 6, 78));
const stamp = "20250131-040506.078";
const given = { experimentFile: "/a/mnist.distill.json", name: "mnist", experiment: { seed: 1 } };
const newRun = async (context: TestContext, more: object = {}): Promise<RunDirectory> =>
  createRun({ runsDirectory: await folder(context), ...given, ...more }, now);

async function refusal(work: () => unknown) {
  try {
    await work();
  } catch (error) {
    const { code, message, hint } = error as RunError;
    return { code, message, hint };
  }
  return undefined;
}

const restore = "Restore the file from a copy, or remove the run.";
const damage = (path: string, problem: string) => ({
  code: "damaged",
  message: `${path} is damaged: ${problem}.`,
  hint: restore,
});

test("a run is known by its folder, and what is in it by name", () => {
  const path = join(process.cwd(), "runs", "r");
  const run = {
    id: "r",
    path,
    experiment: join(path, "experiment.json"),
    job: join(path, "job.json"),
    manifest: join(path, "manifest.json"),
    events: join(path, "events.jsonl"),
    checkpoints: join(path, "checkpoints"),
    trainerLog: join(path, "trainer.log"),
    notes: join(path, "notes.json"),
    trackers: join(path, "trackers.json"),
  };
  assert.deepEqual(runDirectory(path), run);
  assert.deepEqual(runDirectory(join("runs", "r")), run);
  assert.equal(runDirectory("/r").id, "r");
  if (process.platform !== "win32") assert.equal(runDirectory("/a\\b").id, "a\\b");
});

const job = (id: string): Job => ({
  format: 2,
  writtenBy: ownVersion(),
  mode: "start",
  runId: id,
  name: "mnist",
  experimentFile: given.experimentFile,
  baseDirectory: "/a",
  isApart: true,
  askedAt: now.getTime(),
  secondsBefore: 0,
});

test("a new run has its experiment and its job, signed, as they are read", async (context) => {
  const run = await newRun(context);
  assert.match(run.id, new RegExp(`^${stamp}-mnist-[0-9a-f]{3}$`));
  assert.deepEqual((await readdir(run.path)).sort(), ["experiment.json", "job.json"]);
  assert.equal(
    await readFile(run.job, "utf8"),
    `${JSON.stringify(job(run.id), ["format", "writtenBy", "mode", "runId", "name", "experimentFile", "baseDirectory", "isApart", "askedAt", "secondsBefore"], 2)}\n`,
  );
  assert.equal(await readFile(run.experiment, "utf8"), '{\n  "seed": 1\n}\n');
  assert.deepEqual([await readJob(run), await readExperiment(run)], [job(run.id), { seed: 1 }]);
  assert.deepEqual(await openRun(run.path), run);
});

test("a run of a teacher alone says so in its name, and what was set stands in its job", async (context) => {
  const run = await newRun(context, { subject: "teacher", overrides: { seed: 2 } });
  assert.match(run.id, new RegExp(`^${stamp}-mnist-teacher-[0-9a-f]{3}$`));
  assert.deepEqual(await readJob(run), { ...job(run.id), subject: "teacher", overrides: { seed: 2 } });
});

for (const [count, last] of [
  [1, "01"],
  [99, "99"],
  [100, "100"],
] as const)
  test(`${count} runs of a sweep are numbered up to ${last}`, async (context) => {
    const members = Array.from({ length: count }, (_, seed) => ({ seed }));
    const sweep = await newRun(context, { members });
    const { members: named = [] } = await readJob(sweep);
    assert.equal(named.length, count);
    assert.deepEqual(named.at(-1), { runId: `${sweep.id}-${last}`, settings: { seed: count - 1 } });
    assert.equal(named[0]?.runId, `${sweep.id}-${"1".padStart(last.length, "0")}`);
  });

test("a run of the same millisecond takes the next one", async (context) => {
  const runsDirectory = join(await folder(context), "made", "runs");
  const ids: string[] = [];
  for (let made = 0; made < 3; made++) ids.push((await createRun({ runsDirectory, ...given }, now)).id);
  assert.deepEqual(
    ids.map((id) => id.slice(0, stamp.length)),
    [stamp, "20250131-040506.079", "20250131-040506.080"],
  );
});

/** Has the making of run directories fail with these codes, one after the other. */
function failing(context: TestContext, codes: readonly string[]): void {
  const left = [...codes];
  const real = fs.mkdir;
  context.after(() => {
    fs.mkdir = real;
    syncBuiltinESMExports();
  });
  fs.mkdir = ((path: string, ...options: []) => {
    const code = left.shift();
    return code === undefined
      ? real(path, ...options)
      : Promise.reject(Object.assign(new Error("mkdir"), { code }));
  }) as typeof fs.mkdir;
  syncBuiltinESMExports();
}

test("where another process takes a name first the next one is taken, any other failure is told", async (context) => {
  const runsDirectory = await folder(context);
  failing(context, ["EEXIST", "EEXIST"]);
  assert.match((await createRun({ runsDirectory, ...given }, now)).id, /^20250131-040506\.080-/);
  failing(context, ["EROFS"]);
  assert.deepEqual(await refusal(() => createRun({ runsDirectory, ...given }, now)), {
    code: "read-only",
    message: `Could not create ${runsDirectory}: the file system is read-only.`,
    hint: "Choose a folder that can be written, with --runs-directory.",
  });
});

test("a folder without a job is no run, or a damaged one where it has a log", async (context) => {
  const run = runDirectory(await folder(context));
  assert.deepEqual(await refusal(() => openRun(run.path)), {
    code: "not-a-run",
    message: `${run.path} is not a run: ${run.job} is missing.`,
    hint: "Name a run that `distill list` shows.",
  });
  await writeFile(run.events, "");
  assert.deepEqual(await refusal(() => openRun(run.path)), damage(run.job, "it is missing"));
});

test("a folder that is no run is told as that, whatever else lies in it", async (context) => {
  const path = await folder(context);
  await symlink(path, join(path, "link"));
  assert.equal((await refusal(() => openRun(path)))?.code, "not-a-run");
});

test("a run is opened only if it is whole", async (context) => {
  const run = await newRun(context);
  await writeFile(run.manifest, "[");
  assert.deepEqual(await refusal(() => openRun(run.path)), damage(run.manifest, "it is not JSON"));
  await writeFile(run.manifest, "{}");
  assert.deepEqual(await openRun(run.path), run);
  await rm(run.experiment);
  const missing = damage(run.experiment, "it is missing");
  assert.deepEqual(await refusal(() => openRun(run.path)), missing);
  assert.deepEqual(await refusal(() => readExperiment(run)), missing);
  assert.deepEqual(await refusal(() => checkedExperiment(run, undefined)), missing);
});

for (const name of ["lock", "trainer.pid", "trainer.log", "events.jsonl"])
  test(`a folder in the place of ${name} is refused`, async (context) => {
    const run = await newRun(context);
    const path = join(run.path, name);
    await mkdir(path);
    assert.deepEqual((await refusal(() => openRun(run.path)))?.message, `${path} is not a file.`);
  });

test("what is known of a job and an experiment is not read again while they are the same", async (context) => {
  const run = await newRun(context);
  const known = await readKnownJob(run, undefined);
  assert.equal(await readKnownJob(run, known), known);
  const experiment = await checkedExperiment(run, undefined);
  assert.equal(await checkedExperiment(run, experiment), experiment);
  await writeJob(run, { ...known.value, name: "other" });
  assert.equal((await readKnownJob(run, known)).value.name, "other");
  await writeFile(run.experiment, "[");
  assert.deepEqual(
    await refusal(() => checkedExperiment(run, experiment)),
    damage(run.experiment, "it is not JSON"),
  );
});

test("a run is a sweep's where each of them names the other, and it is no sweep itself", () => {
  const sweep = job("s");
  const member = { ...job("s-01"), sweep: { id: "s", index: 1, settings: {} } };
  assert.equal(isMemberOf(member, sweep), true);
  assert.equal(isMemberOf({ ...member, members: [] }, sweep), false);
  assert.equal(isMemberOf(job("s-01"), sweep), false);
  assert.equal(isMemberOf(member, job("t")), false);
});

test("a sweep that names a run of another is damaged; one that has not begun, or cannot be read, is not held against it", async (context) => {
  const sweep = await newRun(context, { members: [{ seed: 1 }, { seed: 2 }] });
  const written = await readJob(sweep);
  await assertOwnMembers(sweep, written);
  await assertOwnMembers(sweep, job(sweep.id));
  const ids = (written.members ?? []).map(({ runId }) => runId);
  const [first, second] = ids.map((id) => runDirectory(join(sweep.path, "..", id)));
  assert.ok(first && second);
  await mkdir(first.path);
  await writeFile(first.job, "[");
  await assertOwnMembers(sweep, written);
  await mkdir(second.path);
  await writeJob(second, { ...job(second.id), sweep: { id: sweep.id, index: 2, settings: {} } });
  await assertOwnMembers(sweep, written);
  await writeJob(second, job(second.id));
  const refused = damage(sweep.job, `its members name ${second.id}, which is no run of this sweep`);
  assert.deepEqual(await refusal(() => assertOwnMembers(sweep, written)), refused);
  assert.deepEqual(await refusal(() => openRun(sweep.path)), refused);
});

test("an id has of a name its letters and digits, without accents, as many as are short", () => {
  const ids: readonly [name: string, short: string][] = [
    ["MNIST", "mnist"],
    ["Größe: é / 2×", "gro-e-e-2"],
    ["--a--", "a"],
    ["__a b__c__", "a-b-c"],
    ["", "run"],
    ["日本", "run"],
    ["a".repeat(30), "a".repeat(24)],
    [`${"a".repeat(22)} - bc`, `${"a".repeat(22)}-b`],
    [`${"a".repeat(23)} b`, "a".repeat(23)],
  ];
  for (const [name, short] of ids) {
    const id = newRunId(name, now);
    assert.match(id, new RegExp(`^${stamp}-${short}-[0-9a-f]{3}$`), name);
    assert.equal(timeInId(id), now.getTime());
  }
  assert.equal(timeInId("a copy"), 0);
});
