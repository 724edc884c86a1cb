import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { filesIn } from "../support/dataFiles.ts";
import { distill, eventsOf, succeed } from "./support.ts";

/** Each row has values of its own, so that a row in two splits would be told. */
const rows = Array.from(
  { length: 100 },
  (_, i) => `${i / 10},${i % 3 ? "round" : "long"},${i % 2 ? "a" : "b"}`,
);

test("one table is trained on, chosen by and tested on in parts that share no row", async (t) => {
  const experiment = {
    data: {
      train: { type: "csv", path: "rows.csv", label: "class" },
      validation: { split: 0.1 },
      test: { split: 0.2 },
      batchSize: 7,
    },
    teacher: { type: "layers", preset: "mlp", hidden: [8], train: { epochs: 1 } },
    student: { preset: "mlp", hidden: [4] },
    training: { epochs: 2 },
  };
  const folder = await filesIn(t, {
    "rows.csv": `size,kind,class\n${rows.join("\n")}\n`,
    "e.distill.json": JSON.stringify(experiment),
    "more.csv": `size,kind,class\n${rows.slice(0, 9).join("\n")}\n`,
  });
  const inside = { cwd: folder };
  const ran = await succeed(["run", "e.distill.json"], inside);
  const [run = ""] = (await readdir(join(folder, ".distill", "runs"))).filter(
    (name) => !name.startsWith("."),
  );
  const events = await eventsOf(join(folder, ".distill", "runs", run));
  assert.deepEqual(
    events.flatMap((event) => (event.type === "warning" && /-in-/.test(event.code ?? "") ? [event] : [])),
    [],
    "no sample of one split is in another",
  );
  const steps = events.flatMap((event) => (event.type === "step" ? [event.step] : []));
  assert.equal(Math.max(...steps), 20, "70 rows, 7 a step, twice");

  const measured = async (...more: string[]) => {
    const { stdout } = await succeed(["evaluate", "latest", "--json", ...more], inside);
    return JSON.parse(stdout);
  };
  const own = await measured();
  assert.deepEqual([own.split, own.samples], ["test", 20]);
  assert.ok(ran.stdout.includes(`test: accuracy ${(own.metrics.accuracy * 100).toFixed(2)} %`), ran.stdout);
  assert.equal((await measured("--split", "validation")).samples, 10);
  assert.equal((await measured("--split", "train")).samples, 70);
  assert.equal((await measured("--data", "more.csv")).samples, 9);

  const card = await distill(["report", "latest", "--format", "md"], inside);
  assert.match(card.stdout, /name: "rows\.csv"\n +type: custom\n +split: test\n/);
  assert.match(card.stdout, /type: "accuracy"/);
  assert.doesNotMatch(card.stdout, /top5/, "of two classes each answer is among the first five");

  const { code, stderr } = await distill(
    ["teacher", "e.distill.json", "--split", "test", "--out", "o.npz"],
    inside,
  );
  assert.notEqual(code, 0);
  assert.match(stderr, /no source of its own in data\.test.*--split train/s);

  const told = async (...more: string[]) => (await distill(["evaluate", "latest", ...more], inside)).stdout;
  assert.doesNotMatch(await told(), /data-changed/);
  const ofTeacher = await distill(["evaluate", "e.distill.json", "--teacher"], inside);
  assert.match(ofTeacher.stdout, /on test/);
  assert.doesNotMatch(ofTeacher.stdout, /data-changed/, "a teacher was not trained on what a run recorded");
  await writeFile(join(folder, "rows.csv"), `size,kind,class\n${rows.slice(1).join("\n")}\n`);
  assert.match(
    await told(),
    /held back for test now may be among those that it was trained on.*\[data-changed\]\n$/,
  );
  assert.match(await told("--data", "more.csv"), /other training data.*\[data-changed\]/);

  const { test: _, ...untested } = experiment.data;
  await writeFile(join(folder, "untested.distill.json"), JSON.stringify({ ...experiment, data: untested }));
  await succeed(["run", "untested.distill.json"], inside);
  await writeFile(
    join(folder, "untested.distill.json"),
    JSON.stringify({
      ...experiment,
      data: { ...untested, test: { type: "csv", path: "more.csv", label: "class" } },
    }),
  );
  const since = await distill(["evaluate", "latest", "--data", "untested.distill.json"], inside);
  assert.match(since.stdout, /on test/, since.stderr);
  assert.doesNotMatch(
    since.stdout,
    /where there were none/,
    "a test part that came since was not learned from",
  );
});
