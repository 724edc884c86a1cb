import assert from "node:assert/strict";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { encodeNpy } from "../../test/support/dataFiles.ts";
import { checkExperiment, findingLine, nameOf } from "../api/checkExperiment.ts";
import { exit, type Terminal } from "../terminal/terminal.ts";
import { check } from "./check.ts";
import { run } from "./run.ts";

async function experiment(context: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "check-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "data.csv"), `a,b,label\n${"1,2,0\n3,4,1\n".repeat(20)}`);
  const path = join(folder, "small.distill.json");
  await writeFile(path, text);
  return path;
}

async function checked(...given: Parameters<typeof checkExperiment>) {
  const { findings, ...others } = await checkExperiment(...given);
  return { lines: findings.map(findingLine), ...others };
}

const good = `{
  // comments and trailing commas are fine
  "data": { "train": { "type": "csv", "path": "data.csv", "label": "label" }, "validation": { "split": 0.2 }, "batchSize": 8 },
  "student": { "preset": "mlp", "hidden": [4] },
  "losses": [{ "type": "ce" }],
}`;

test("a good file gives the experiment with its defaults, and settings are remembered", async (context) => {
  const {
    lines,
    experiment: resolved,
    overrides,
  } = await checked(await experiment(context, good), ["seed=5", "name=other"]);
  assert.deepEqual(
    lines.filter((line) => !line.includes(" warning: ")),
    [],
  );
  assert.equal(resolved?.seed, 5);
  assert.equal(resolved?.name, "other");
  assert.equal(resolved?.data.shuffle, true);
  assert.deepEqual(overrides, { seed: 5, name: "other" });
});

test("a mistake is said with line and column of the file, whatever was set before it", async (context) => {
  const path = await experiment(context, good.replace('"ce"', '"cee"'));
  const { lines, experiment: resolved } = await checked(path, ["data.take=3", "data.batchSize=16"]);
  assert.equal(resolved, undefined);
  assert.ok(
    lines.some((line) => line.startsWith(`${path}:5:24: unknown-value `)),
    lines.join("\n"),
  );
  assert.ok(
    lines.some((line) => line.startsWith("--set data.take=3: unknown-key ")),
    lines.join("\n"),
  );
});

test("a mistake in what was set is said of the setting, not of the file", async (context) => {
  const path = await experiment(context, good);
  for (const [set, code] of [
    ["data.batchSize=0", "out-of-range"],
    ["data.batchSize=many", "wrong-type"],
    ["data.batchSise=3", "unknown-key"],
    ["losses[0].type=xent", "unknown-value"],
    ["losses[7].weight=1", "set-path"],
    ["nothing", "set-syntax"],
  ] as const) {
    const { lines, experiment: resolved } = await checked(path, [set]);
    assert.equal(resolved, undefined, set);
    assert.ok(
      lines.some((line) => line.startsWith(`--set ${set}: ${code} `)),
      `${set}: ${lines.join("\n")}`,
    );
  }
});

test("a mistake in an option of `run` is said of that option", async (context) => {
  const path = await experiment(context, good);
  const [out, err] = [new PassThrough(), new PassThrough()];
  const options = { jobs: "x", engine: "abacus", set: ["seed=-1"] };
  assert.equal(await run(path, options, { out, err }), exit.wrongFile);
  const errors = String(err.read())
    .split("\n")
    .filter((line) => /^--/.test(line));
  assert.deepEqual(errors.map((line) => line.split(": ")[0]).sort(), [
    "--engine abacus",
    "--jobs x",
    "--set seed=-1",
  ]);
});

test("files that the experiment names are looked at", async (context) => {
  const path = await experiment(context, good.replace("data.csv", "absent.csv"));
  const { lines } = await checked(path);
  assert.ok(
    lines.some((line) => line.startsWith(`${path}:3:`) && line.includes("absent.csv")),
    lines.join("\n"),
  );
});

test("a broken, empty or foreign file is a line of its own", async (context) => {
  for (const [text, line] of [
    ["", /:1:1: \S+ .*empty/],
    ["[1, 2]", /:1:1: /],
    ['{ "data": ', /:1:\d+: syntax /],
    ["PK\u0003\u0004\0", /:1:5: not-text /],
  ] as const) {
    const { lines, experiment: resolved } = await checked(await experiment(context, text));
    assert.equal(resolved, undefined);
    assert.match(lines[0] ?? "", line);
  }
});

test("an experiment is called by its file", () => {
  assert.deepEqual(["/a/mnist.distill.json", "b.json", "c.distill.jsonc", "d"].map(nameOf), [
    "mnist",
    "b",
    "c",
    "d",
  ]);
});

test("how much memory large samples take is a note of check and of run, and no finding", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "note-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const values = await open(join(folder, "x.npy"), "w");
  // The header alone is written; the file has as many bytes as it promises, and takes no room.
  const header = encodeNpy("|u1", [3, 1000, 1000, 900], []);
  await values.write(header);
  await values.truncate(header.length + 2_700_000_000);
  await values.close();
  await writeFile(join(folder, "y.npy"), encodeNpy("|u1", [3], [0, 1, 0]));
  const file = join(folder, "large.distill.json");
  const train = { type: "npy", features: "x.npy", labels: "y.npy" };
  const layers = [{ type: "globalAveragePooling2d" }, { type: "dense", units: 2 }];
  const written = { data: { train, batchSize: 8 }, student: { layers }, losses: [{ type: "ce" }] };
  await writeFile(file, JSON.stringify(written));
  const said = /large\.distill\.json: The samples take 2\.7 GB; the machine has /;
  const { notes } = await checked(file);
  assert.match(notes.join("\n"), said);

  await writeFile(file, JSON.stringify({ ...written, seed: "none" }));
  for (const command of [
    (terminal: Terminal) => check([file], {}, terminal),
    (terminal: Terminal) => run(file, {}, terminal),
  ]) {
    const [out, err] = [new PassThrough(), new PassThrough()];
    assert.equal(await command({ out, err }), exit.wrongFile);
    assert.match(String(err.read()), said);
    assert.doesNotMatch(String(out.read() ?? ""), /2\.7 GB/);
  }
  const out = new PassThrough();
  assert.equal(await check([file], { json: true }, { out, err: new PassThrough() }), exit.wrongFile);
  const [{ task, findings }] = JSON.parse(String(out.read()));
  assert.deepEqual(
    [task, findings.filter(({ severity }: { severity: string }) => severity === "error").length],
    [undefined, 1],
  );
});
