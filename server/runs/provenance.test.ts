import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Provenance } from "../data/provenance.ts";
import { type Era, type Manifest, writeManifest } from "./manifest.ts";
import {
  type Beginning,
  engineMarks,
  hasLearned,
  isOfData,
  marks,
  otherEngine,
  provenanceOf,
  siblingsData,
  waysOn,
} from "./provenance.ts";
import { createRun, readJob, runDirectory } from "./runDirectory.ts";
import { createMember } from "./sweep.ts";

const source = (samples: number, labels: string, values: string) => ({
  hash: `${labels}${values}`,
  samples,
  labels,
  values,
});
const a: Provenance = { data: { train: source(10, "la", "va") } };
const b: Provenance = { data: { train: source(9, "lb", "vb") } };
const engine = { engine: "onnxruntime 1.30.0", device: "cpu", versions: { distillery: "0.1.0" } };
const later = { ...engine, engine: "onnxruntime 1.31.0" };

const beginning = (history: readonly Era[], more: Partial<Beginning> = {}): Beginning => ({
  before: { history },
  learned: true,
  accepted: false,
  trainedWith: engine,
  step: async () => 40,
  ways: { anew: "run FILE", accept: "resume RUN" },
  ...more,
});

async function historyOf(given: Beginning, ...parts: Provenance[]): Promise<readonly Era[]> {
  const learn = provenanceOf(given);
  let history: readonly Era[] = [];
  for (const part of parts) {
    const found = await learn(part);
    assert.ok("history" in found, JSON.stringify(found));
    history = found.history;
  }
  return history;
}

test("a new run has one era, from the parts in which it is found; the same files add none", async () => {
  const teacher = { hash: "t", from: "file" } as const;
  const whole = { step: 0, ...engine, ...a, teacher };
  assert.deepEqual(await historyOf(beginning([], { learned: false }), a, { teacher }), [whole]);
  assert.deepEqual(await historyOf(beginning([whole]), a, { teacher }), [whole]);
});

test("what changed is refused with hashes and ways on, in the part where it changed, and each time it is asked", async () => {
  const learn = provenanceOf(beginning([{ step: 0, ...engine, ...a, teacher: { hash: "t" } }]));
  assert.ok("history" in (await learn(a)));
  for (const _ of [1, 2])
    assert.deepEqual(await learn({ teacher: { hash: "u" } }), {
      code: "changed-data",
      message: "The run began with other files: other teacher (SHA-256 t → u).",
      hint: "Restore the file, start again with `run FILE`, or accept the change with `resume RUN`, which marks the run.",
    });
});

test("where nothing is left of what was learned, what is there now takes the place of what was", async () => {
  assert.deepEqual(await historyOf(beginning([{ step: 0, ...engine, ...a }], { learned: false }), b), [
    { step: 0, ...engine, ...b },
  ]);
});

test("accepted, it holds from the step that is gone on from; eras of which nothing is left are forgotten", async () => {
  const first = { step: 0, ...engine, ...a };
  const accepted = { accepted: true };
  const second = { step: 40, ...engine, ...b };
  assert.deepEqual(await historyOf(beginning([first], accepted), b), [first, second]);
  // Killed before its first checkpoint, the second one has left nothing.
  assert.deepEqual(await historyOf(beginning([first, second], accepted), a), [first, { ...second, ...a }]);
  const fellBack = { step: async () => 30 };
  assert.deepEqual(await historyOf(beginning([first, second], fellBack), b), [
    first,
    { ...second, step: 30 },
  ]);
});

test("another version of the engine is told, not refused, and is no change of data", async () => {
  const history = await historyOf(beginning([{ step: 0, ...engine, ...a }], { trainedWith: later }), a);
  assert.deepEqual(
    history.map(({ step, engine: its }) => [step, its]),
    [
      [0, "onnxruntime 1.30.0"],
      [40, "onnxruntime 1.31.0"],
    ],
  );
  assert.deepEqual(marks({ history }), []);
  assert.deepEqual(engineMarks({ history }), [
    "from step 40: onnxruntime 1.31.0, cpu in place of onnxruntime 1.30.0, cpu",
  ]);
});

test("a run of a sweep that begins with other data than its siblings is refused in the sweep's name", async () => {
  const given = beginning([], { learned: false, siblings: a.data });
  const refused = await provenanceOf(given)(b);
  assert.match(
    "message" in refused ? refused.message : "",
    /^The sweep began with other files: other training data: 9 of 10 samples/,
  );
  assert.deepEqual(await historyOf({ ...given, accepted: true }, b), [{ step: 0, ...engine, ...b }]);
});

test("a run that has no manifest yet, or one without a history, begins like a new one", async () => {
  const era = { step: 0, ...engine, ...a };
  for (const before of [undefined, {}])
    assert.deepEqual(await historyOf(beginning([], { before }), a), [era]);
  assert.deepEqual(await historyOf(beginning([], { siblings: undefined }), a), [era]);
});

test("all that changed at once is told", async () => {
  const learn = provenanceOf(beginning([{ step: 0, ...engine, ...a, teacher: { hash: "t" } }]));
  const refused = await learn({ ...b, teacher: { hash: "u" } });
  assert.match(
    "message" in refused ? refused.message : "",
    /: other training data: 9 of 10 samples.* → .*\); other teacher \(SHA-256 t → u\)\.$/,
  );
});

test("what changed under a run is told by the step, each change of it, and nothing where nothing did", () => {
  const history = [
    { step: 0, ...engine, ...a, teacher: { hash: "t" } },
    { step: 1000, ...later, device: "cuda", versions: { distillery: "0.2.0" }, ...a, teacher: { hash: "u" } },
    { step: 2000, ...engine, ...b, teacher: { hash: "t" } },
  ];
  assert.deepEqual(marks({ history }), [
    "from step 1,000: other teacher",
    "from step 2,000: other training data: 9 of 10 samples; other teacher",
  ]);
  assert.deepEqual(engineMarks({ history: history.slice(0, 2) }), [
    "from step 1,000: onnxruntime 1.31.0, cuda, Distillery 0.2.0 in place of onnxruntime 1.30.0, cpu, Distillery 0.1.0",
  ]);
  assert.deepEqual(
    [marks({}), engineMarks({}), engineMarks({ history: [{ step: 0, ...engine }] })],
    [[], [], []],
  );
  const same = [0, 40].map((step) => ({ step, ...engine }));
  assert.deepEqual([marks({ history: same }), engineMarks({ history: same })], [[], []]);
});

test("only what both of two trainers say of themselves is compared", () => {
  const { versions: _, ...nameless } = engine;
  assert.deepEqual(otherEngine(nameless, later), {
    before: "onnxruntime 1.30.0, cpu",
    now: "onnxruntime 1.31.0, cpu",
  });
  assert.deepEqual(otherEngine({ ...later, versions: {} }, engine), {
    before: "onnxruntime 1.31.0, cpu",
    now: "onnxruntime 1.30.0, cpu",
  });
  assert.deepEqual(otherEngine({ engine: "eager" }, engine), {
    before: "eager",
    now: "onnxruntime 1.30.0, cpu",
  });
  assert.equal(otherEngine({}, engine), undefined);
  assert.equal(otherEngine(engine, {}), undefined);
  assert.equal(otherEngine(engine, engine), undefined);
});

for (const [network, is] of [
  ["", true],
  ["teacher", true],
  ["studentAlone", true],
  ["other", false],
] as const)
  test(`a checkpoint of ${network || "the student"} is ${is ? "" : "not "}what a run has learned`, async (context) => {
    const run = runDirectory(await folder(context));
    assert.equal(await hasLearned(run), false);
    await mkdir(join(run.path, network, "checkpoints", "10"), { recursive: true });
    assert.equal(await hasLearned(run), is);
  });

test("a sweep's runs learn from what the first of the others did, unless the sweep varies the data", async (context) => {
  const dataOf = async (
    settings: readonly Readonly<Record<string, unknown>>[],
    known: readonly Manifest[],
  ) => {
    const runs = await folder(context);
    const sweep = await createRun({
      runsDirectory: runs,
      experimentFile: "a",
      name: "a",
      experiment: {},
      members: settings,
    });
    const job = await readJob(sweep);
    const made = [];
    for (const member of job.members ?? [])
      made.push(await createMember(sweep, job, { member, experiment: {}, isTestWithheld: false }));
    for (const [index, run] of made.entries()) if (known[index]) await writeManifest(run, known[index]);
    const run = made[1] ?? assert.fail();
    return siblingsData(run, await readJob(run));
  };
  const seeds = [{ seed: 1 }, { seed: 2 }, { seed: 3 }];
  assert.deepEqual(await dataOf(seeds, [a, b]), a.data);
  assert.deepEqual(await dataOf(seeds, [{ engine: "e" }, a, b]), b.data);
  assert.equal(await dataOf(seeds, [{}, a]), undefined);
  const limits = seeds.map((seed) => ({ ...seed, "data.train.limit": 5 }));
  assert.equal(await dataOf(limits, [a]), undefined);
});

test("a run of no sweep has no siblings", async (context) => {
  const run = await createRun({
    runsDirectory: await folder(context),
    experimentFile: "a",
    name: "a",
    experiment: {},
  });
  assert.equal(await siblingsData(run, await readJob(run)), undefined);
});

test("a setting of the data begins with that key", () => {
  assert.deepEqual(["data", "data.train.limit", "dataset", "training.data"].map(isOfData), [
    true,
    true,
    false,
    false,
  ]);
});

test("the commands that lead on name the experiment and the run, or the sweep that it is of", () => {
  const job = {
    mode: "start",
    runId: "r",
    name: "a",
    experimentFile: "/a.distill.json",
    baseDirectory: "/",
    askedAt: 0,
    secondsBefore: 0,
  } as const;
  const run = runDirectory("/runs/r");
  const ways = (id: string) => ({
    anew: "distill run /a.distill.json",
    accept: `distill resume ${id} --accept-changed-data`,
  });
  assert.deepEqual(waysOn(run, job), ways("r"));
  assert.deepEqual(waysOn(run, { ...job, sweep: { id: "s", index: 1, settings: {} } }), ways("s"));
});

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "provenance-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}
