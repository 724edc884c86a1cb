import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { filesIn } from "../support/dataFiles.ts";
import { plain } from "../support/imageFiles.ts";
import { distill, succeed } from "./support.ts";

/** Two bands of numbers with a kind beside each, which says the class as well as they do. */
const rows = Array.from({ length: 40 }, (_, i) => ({
  size: ((i * 7) % 20) / 10 + (i % 2) * 2,
  kind: i % 2 === 0 ? "round" : "long",
  class: i % 2 === 0 ? "apple" : "pear",
}));
const csv = `size,kind,class\n${rows.map((row) => Object.values(row).join(",")).join("\n")}\n`;
const jsonl = `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;

test("a run is evaluated on another table in another format, all of whose rows count", async (t) => {
  const source = { type: "csv", path: "rows.csv", label: "class" };
  const experiment = {
    data: { train: source, validation: { split: 0.2 }, test: { ...source, take: 10 }, batchSize: 8 },
    student: { preset: "mlp", hidden: [4] },
    losses: [{ type: "ce" }],
    training: { epochs: 2 },
  };
  const folder = await filesIn(t, {
    "rows.csv": csv,
    "rows.jsonl": jsonl,
    "e.distill.json": JSON.stringify(experiment),
  });
  const inside = { cwd: folder };
  await succeed(["run", "e.distill.json"], inside);
  const on = async (file: string) => {
    const { stdout } = await succeed(["evaluate", "latest", "--data", file, "--json"], inside);
    const { samples, metrics, confusion, warnings } = JSON.parse(stdout);
    return { samples, metrics, confusion, warnings };
  };
  const measured = await on("rows.csv");
  assert.equal(measured.samples, 40);
  const seen = measured.warnings.find(({ code }: { code: string }) => code === "test-in-train");
  assert.match(
    seen?.message ?? "",
    /^All 40 test samples are training samples, too\..* Measure on samples that nothing was trained on\.$/,
  );
  assert.deepEqual(await on("rows.jsonl"), measured);
  await succeed(["evaluate", "latest", "--data", "e.distill.json"], inside);
  // A file of JSON is an experiment, or rows.
  await writeFile(join(folder, "rows.json"), jsonl);
  assert.deepEqual(await on("rows.json"), measured);
  await writeFile(join(folder, "experiment.json"), JSON.stringify({ ...experiment, stdent: 1 }));
  const wrong = await distill(["evaluate", "latest", "--data", "experiment.json"], inside);
  assert.deepEqual([wrong.code, /unknown-key .*stdent/.test(wrong.stderr)], [2, true], wrong.stderr);
  await writeFile(join(folder, "list.json"), JSON.stringify(rows));
  const list = await distill(["evaluate", "latest", "--data", "list.json"], inside);
  assert.equal(list.code, 1);
  assert.match(list.stderr, /list\.json:1: .*Each line has to be an object of its own/);
  assert.match(list.stderr, /list\.json has neither `data` nor `student`, .* read as samples/);
  const onModel = await distill(["evaluate", "m.onnx", "--data", "list.json"], inside);
  assert.match(onModel.stderr, /There is no file m\.onnx/);
  const others = Array.from({ length: 12 }, (_, i) => `${7 + i},long,pear\n`).join("");
  await writeFile(join(folder, "others.csv"), `size,kind,class\n${others}`);
  assert.deepEqual((await on("others.csv")).warnings, []);
  const held = ["evaluate", "latest", "--data", "e.distill.json", "--split", "validation"];
  assert.match(
    (await distill(held, inside)).stderr,
    /no validation source of its own, but holds samples of data\.train back: without --data/,
  );
});

test("so is one of several labels a sample, and one whose table names images", async (t) => {
  const tags = ["a|b", "b", "", "a"];
  const sized = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ file: `${i % 2}.png`, size: i % 7, tags: tags[i % 4] }));
  const train = sized(24).map((row) => `${Object.values(row).join(",")}\n`);
  const experiment = (source: object) => ({
    data: {
      train: { label: "tags", labelSeparator: "|", ...source },
      validation: { split: 0.25 },
      batchSize: 8,
    },
    student: { preset: "mlp", hidden: [4] },
    losses: [{ type: "bce" }],
    training: { epochs: 1 },
  });
  const folder = await filesIn(t, {
    ...{ "0.png": await plain([0, 90, 200]), "1.png": await plain([200, 90, 0]) },
    "rows.csv": `file,size,tags\n${train.join("")}`,
    "more.jsonl": sized(9)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(""),
    "table.distill.json": JSON.stringify(experiment({ type: "csv", path: "rows.csv", features: ["size"] })),
    "images.distill.json": JSON.stringify(experiment({ type: "images", table: "rows.csv", path: "file" })),
  });
  const inside = { cwd: folder };
  for (const file of ["table.distill.json", "images.distill.json"]) {
    const { code: ran, stderr: why } = await distill(["run", file], inside);
    assert.equal(ran, 0, why);
    const on = ["evaluate", "latest", "--data", "more.jsonl", "--json"];
    const { stdout } = await succeed(on, inside);
    const { samples, metrics } = JSON.parse(stdout);
    assert.deepEqual([samples, typeof metrics.microF1], [9, "number"], file);
  }
});
