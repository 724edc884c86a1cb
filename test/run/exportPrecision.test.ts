import assert from "node:assert/strict";
import { appendFile, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as ort from "onnxruntime-node";
import type { PrecisionReport } from "../../server/engine/train/lowPrecision.ts";
import { int8Bytes } from "../../server/nets/int8Bytes.ts";
import { layerShapes } from "../../server/nets/shapes.ts";
import { distill, onlyRun, scene, succeed } from "./support.ts";

/** The classes that a model gives to rows of a table with the label last. */
async function saidOf(model: string, rows: readonly (readonly number[])[]): Promise<number[]> {
  const session = await ort.InferenceSession.create(model);
  const values = Float32Array.from(rows.flatMap((row) => row.slice(0, -1)));
  const input = new ort.Tensor("float32", values, [rows.length, 6]);
  const { probabilities } = await session.run({ input });
  const data = probabilities?.data as Float32Array;
  return rows.map((_, i) => {
    const own = [...data.subarray(3 * i, 3 * i + 3)];
    return own.indexOf(Math.max(...own));
  });
}

test("fewer bits are measured on the test samples, and refused where they lose too much", {
  timeout: 600_000,
}, async (context) => {
  const dense = (units: number) => ({ type: "dense", units, activation: "relu" });
  const it = await scene(context, {
    steps: 120,
    with: {
      student: { layers: [dense(64), dense(64), { type: "dense", units: 3 }] },
      teacher: undefined,
      temperature: undefined,
      alpha: undefined,
      losses: [{ type: "ce" }],
    },
  });
  // Rows of which one value is far from all others: the range that they give has no step for the rest.
  await appendFile(join(it.folder, "train.csv"), "0.5,0.5,0.5,0.5,0.5,100000,2\n".repeat(6));
  await succeed(["run", it.file], { cwd: it.folder });
  const run = await onlyRun(it);
  const exported = (...words: readonly string[]) =>
    distill(["export", run, "--format", "onnx", ...words], { cwd: it.folder });
  await succeed(["export", run, "--format", "onnx", "--out", "fp32.onnx"], { cwd: it.folder });

  const rows = (await readFile(join(it.folder, "test.csv"), "utf8")).trim().split("\n").slice(1);
  const test = rows.map((row) => row.split(",").map(Number));
  const share = (said: readonly number[], other: readonly number[]) =>
    said.filter((one, i) => one === other[i]).length / said.length;
  const labels = test.map((row) => row.at(-1) as number);
  const float = await saidOf(join(it.folder, "fp32.onnx"), test);
  const bytes = async (name: string) => (await stat(join(it.folder, name))).size;
  for (const [precision, most] of [
    ["fp16", 0.7],
    ["int8", 0.6],
  ] as const) {
    const { code, stdout, stderr } = await exported(
      "--precision",
      precision,
      "--max-drop",
      "5",
      "--out",
      `${precision}.onnx`,
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      new RegExp(`${precision}: weights in \\d+ bits; on 90 test samples\\n.*fp32 +${precision}`),
    );
    const said = await saidOf(join(it.folder, `${precision}.onnx`), test);
    const report: PrecisionReport = JSON.parse(
      await readFile(join(it.folder, `${precision}.precision.json`), "utf8"),
    );
    assert.deepEqual(
      [report.before.value, report.after.value, report.agreement, report.split, report.samples],
      [share(float, labels), share(said, labels), share(said, float), "test", 90],
    );
    assert.deepEqual(
      [report.before.bytes, report.after.bytes],
      [await bytes("fp32.onnx"), await bytes(`${precision}.onnx`)],
    );
    assert.ok(
      report.after.bytes < most * report.before.bytes,
      `${report.after.bytes} of ${report.before.bytes}`,
    );
    // What a budget counts is in the file, beside the graph.
    const counted = int8Bytes(layerShapes([dense(64), dense(64), { type: "dense", units: 3 }], [6]));
    const beside = report.after.bytes - counted;
    if (precision === "int8") assert.ok(beside > 0 && beside < 4000, `${beside} beside ${counted}`);
    assert.ok(report.after.p50Ms > 0 && report.after.p95Ms >= report.after.p50Ms);
  }

  const refused = await exported("--precision", "int8", "--calibrate", "--out", "integers.onnx");
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^Nothing is written: accuracy is \d+\.\d\d points worse in int8, .* on 90 test samples, and --max-drop is 0\.5\.\nWithout --calibrate, .*\n.*weights and activations in 8 bits, by \d+ training samples/,
  );
  assert.deepEqual(
    (await readdir(it.folder)).filter((name) => name.startsWith("integers")),
    [],
  );
  const accepted = await exported(
    "--precision",
    "int8",
    "--calibrate",
    "--max-drop",
    "100",
    "--out",
    "integers.onnx",
  );
  assert.equal(accepted.code, 0, accepted.stderr);

  for (const [words, message] of [
    [
      ["--precision", "int4"],
      /^--precision is "int4"; expected one of fp32, fp16, int8\.\nDid you mean --precision int8\?\n$/,
    ],
    [
      ["--calibrate"],
      /^--calibrate is about the integers of int8, and --precision is fp32\.\nAdd --precision int8/,
    ],
    [["--precision", "fp16", "--max-drop", "-1"], /^--max-drop is "-1"; expected points, a number ≥ 0\./],
    [["--max-drop", "1"], /^--max-drop is about what fewer bits lose/],
  ] as const) {
    const { code, stderr } = await exported(...words, "--out", "wrong.onnx");
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  const tfjs = await distill(["export", run, "--format", "tfjs", "--precision", "fp16", "--out", "web"], {
    cwd: it.folder,
  });
  assert.match(tfjs.stderr, /^A TensorFlow\.js layers model has its weights in 32 bits/);
});

test("fewer bits of a student whose weights are too few for them are refused: nothing would change", {
  timeout: 600_000,
}, async (context) => {
  const layers = [4, 3].map((units) => ({ type: "dense", units }));
  const it = await scene(context, { steps: 10, with: { student: { layers } } });
  await succeed(["run", it.file], { cwd: it.folder });
  for (const precision of ["fp16", "int8"]) {
    const words = ["--format", "onnx", "--precision", precision, "--out", "small.onnx"];
    const { code, stderr } = await distill(["export", await onlyRun(it), ...words], { cwd: it.folder });
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`^${precision} changes nothing of this student: .*\nLeave --precision out`),
    );
  }
  assert.ok(!(await readdir(it.folder)).some((name) => name.startsWith("small")), "nothing is written");
});

test("so is a student of one layer, which has its input alone to calibrate", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, {
    steps: 10,
    with: { student: { layers: [{ type: "dense", units: 3 }] } },
  });
  await succeed(["run", it.file], { cwd: it.folder });
  const words = ["--format", "onnx", "--precision", "int8", "--calibrate", "--out", "one.onnx"];
  const { code, stderr } = await distill(["export", await onlyRun(it), ...words], { cwd: it.folder });
  assert.equal(code, 1);
  assert.match(stderr, /^int8 changes nothing of this student: .*\nLeave --precision out/);
});
