import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Experiment } from "../../../schemas/experiment.gen.ts";
import type { Subject } from "../../../schemas/run-event.gen.ts";
import { type MemoryWorld, memoryWorld } from "../../../test/support/memoryWorld.ts";
import { resolve } from "../../language/resolve.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { distil } from "./distil.ts";

const folder = await mkdtemp(join(tmpdir(), "unlabelled-"));
after(() => rm(folder, { recursive: true, force: true }));

/** Points around three corners; of 90 every third has a label. */
const rows = Array.from({ length: 90 }, (_, i) => {
  const label = i % 3;
  const values = [0, 1, 2, 3].map((k) => (k === label ? 2 : 0) + Math.sin(7.3 * i + k));
  return { values: values.map((value) => value.toFixed(4)).join(","), label, isLabelled: i % 9 < 3 };
});
const header = "a,b,c,d,label";
const lines = (some: typeof rows, label: (row: (typeof rows)[number]) => string) =>
  [header, ...some.map((row) => `${row.values},${label(row)}`)].join("\n");
const labelled = rows.filter(({ isLabelled }) => isLabelled);
const others = rows.filter(({ isLabelled }) => !isLabelled);
const known = ({ label }: { readonly label: number }) => String(label);
await writeFile(join(folder, "labelled.csv"), lines(labelled, known));
await writeFile(
  join(folder, "others.csv"),
  [header.replace(",label", ""), ...others.map(({ values }) => values)].join("\n"),
);
await writeFile(
  join(folder, "empty.csv"),
  lines(rows, (row) => (row.isLabelled ? known(row) : "")),
);
await writeFile(
  join(folder, "minus.csv"),
  lines(rows, (row) => (row.isLabelled ? known(row) : "-1")),
);
await writeFile(
  join(folder, "bare.csv"),
  lines(others, () => ""),
);
await writeFile(join(folder, "test.csv"), lines(others.slice(0, 30), known));

const source = (path: string) => ({ type: "csv" as const, path, label: "label" });
const dense = (units: number, activation?: "relu") => ({
  type: "dense" as const,
  units,
  ...(activation ? { activation } : {}),
});
const base: Experiment = {
  data: {
    train: source("labelled.csv"),
    unlabelled: { type: "csv", path: "others.csv" },
    validation: { split: 0.2 },
    test: source("test.csv"),
    batchSize: 8,
  },
  teacher: { type: "layers", layers: [dense(12, "relu"), dense(3)], train: { epochs: 3 } },
  student: { layers: [dense(4, "relu"), dense(3)] },
  temperature: 2,
  alpha: 0.5,
  training: { epochs: 3 },
  baselines: { studentAlone: true },
  seed: 5,
};
const withData = (changed: Partial<Experiment["data"]>, more: Partial<Experiment> = {}): Experiment => {
  const { temperature, alpha, ...rest } = base;
  const losses = more.losses === undefined ? { temperature, alpha } : {};
  return { ...rest, ...losses, ...more, data: { ...base.data, ...changed } } as Experiment;
};

let worlds = 0;
function world(): MemoryWorld {
  const made = memoryWorld({ load: loadOnnxRuntime, folder });
  return { ...made, context: { ...made.context, cacheDirectory: join(folder, `cache-${worlds++}`) } };
}

async function completed(experiment: Experiment, made = world()) {
  const ended = await distil(resolve(experiment), made.context);
  return ended.ending === "completed" ? ended.result : assert.fail(JSON.stringify(ended));
}

async function refusal(experiment: Experiment): Promise<string> {
  const ended = await distil(resolve(experiment), world().context);
  return ended.ending === "failed" ? ended.code : assert.fail(ended.ending);
}

const lossesOf = ({ events }: MemoryWorld, subject: Subject) =>
  events.flatMap((event) =>
    event.type === "step" && (event.subject ?? "student") === subject ? [event.loss] : [],
  );

const evaluatedAt = ({ events }: MemoryWorld, subject: Subject) =>
  events.flatMap((event) =>
    event.type === "evaluation" && event.split === "validation" && (event.subject ?? "student") === subject
      ? [event.step]
      : [],
  );

test("a student learns from samples with labels and without; alone it has those with labels, and as many steps", async () => {
  const made = world();
  const { steps } = await completed(base, made);
  const started = made.events.find((event) => event.type === "started");
  assert.deepEqual(started?.samples, { labelled: 24, unlabelled: 60 });
  assert.equal(steps, 3 * Math.ceil(84 / 8));
  assert.equal(lossesOf(made, "studentAlone").length, steps);
  assert.deepEqual(evaluatedAt(made, "studentAlone"), evaluatedAt(made, "student"));
  // The teacher has no data of its own: it learns from the labels that the student has.
  assert.equal(lossesOf(made, "teacher").length, (3 * 24) / 8);
});

test("labels that are missing in a file make the same run as a file without labels", async () => {
  const expected = world();
  await completed(base, expected);
  for (const file of ["empty.csv", "minus.csv"]) {
    const { unlabelled: _, ...data } = base.data;
    const found = world();
    await completed({ ...base, data: { ...data, train: source(file) } }, found);
    for (const subject of ["student", "studentAlone", "teacher"] as const)
      assert.deepEqual(lossesOf(found, subject), lossesOf(expected, subject), `${subject} of ${file}`);
  }
});

test("stopped and resumed, it learns the same", async () => {
  const whole = world();
  await completed(base, whole);
  const pieces = world();
  for (let lives = 0; ; lives++) {
    let steps = 0;
    const ended = await distil(resolve(base), {
      ...pieces.context,
      resumed: lives > 0,
      report: (event) => {
        pieces.context.report(event);
        if (event.type === "step") steps++;
      },
      stopRequested: () => steps >= 5,
    });
    if (ended.ending === "completed") break;
    assert.equal(ended.ending, "stopped");
  }
  for (const subject of ["student", "studentAlone"] as const)
    assert.deepEqual(lossesOf(pieces, subject), lossesOf(whole, subject), subject);
});

test("what cannot be learned from samples without labels is refused with a code", async () => {
  assert.equal(await refusal(withData({}, { losses: [{ type: "ce" }] })), "unlabelled-unused");
  assert.equal(await refusal(withData({ augment: [{ type: "mixup", alpha: 0.4 }] })), "unlabelled-mixup");
  assert.equal(await refusal(withData({ train: source("bare.csv") })), "no-labels");
  assert.equal(await refusal(withData({ test: source("minus.csv") })), "no-label");
  assert.equal(await refusal(withData({ validation: source("empty.csv") })), "no-label");
});

test("crd compares with all samples where some have no label, not with those of other classes", async () => {
  const crd = { type: "crd" as const, student: "dense_1", teacher: "dense_1", negatives: 4, dimension: 4 };
  const losses = [{ type: "ce" as const }, { ...crd, negativesFrom: "otherSamples" as const }];
  const made = world();
  await completed(withData({}, { losses, baselines: { studentAlone: false } }), made);
  assert.ok(lossesOf(made, "student").every((loss) => typeof loss === "number"));
  assert.equal(await refusal(withData({}, { losses: [{ type: "ce" }, crd] })), "no-negatives");
});

test("a class that no training sample has is still told apart, and measured", async () => {
  const twoOfThree = rows.filter(({ label }) => label < 2);
  await writeFile(join(folder, "two.csv"), lines(twoOfThree, known));
  const { unlabelled: _, ...data } = base.data;
  const experiment = { ...base, data: { ...data, train: source("two.csv"), classes: ["x", "y", "z"] } };
  const made = world();
  const { test } = await completed(experiment, made);
  assert.ok(typeof test?.["accuracy"] === "number");
  const named = await completed({ ...experiment, data: { ...experiment.data, classes: 3 } });
  assert.equal(named.test?.["accuracy"], test?.["accuracy"]);
  assert.equal(await refusal({ ...experiment, data: { ...experiment.data, classes: 2 } }), "label-range");
});

test("a share of each batch has no labels: an epoch sees every sample, and a killed run goes on", async () => {
  const shared = withData({ unlabelled: { type: "csv", path: "others.csv", share: 0.75 } });
  const whole = world();
  const { steps } = await completed(shared, whole);
  assert.equal(steps, 3 * Math.max(24 / 2, 60 / 6));
  assert.equal(lossesOf(whole, "studentAlone").length, steps);
  const pieces = world();
  const half = await distil(resolve(shared), {
    ...pieces.context,
    stopRequested: () => lossesOf(pieces, "student").length >= 17,
  });
  assert.equal(half.ending, "stopped");
  const ended = await distil(resolve(shared), { ...pieces.context, resumed: true });
  assert.equal(ended.ending, "completed");
  assert.deepEqual(lossesOf(pieces, "student"), lossesOf(whole, "student"));
  const all = { type: "csv" as const, path: "others.csv", share: 0.99 };
  assert.equal(await refusal(withData({ unlabelled: all })), "unlabelled-share");
});
