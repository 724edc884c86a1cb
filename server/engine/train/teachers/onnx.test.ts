import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  classes,
  type FixtureOptions,
  fixture,
  inColumns,
  node,
  ofColumns,
  port,
  sample,
  scoresOf,
  weightsOf,
} from "../../../../test/support/onnxModel.ts";
import { identityNormalize } from "../../../data/normalize.ts";
import { hashed } from "../../../data/samples.ts";
import type { Problem } from "../../../problem.ts";
import type { Teacher } from "../teacher.ts";
import { type ModelTeacherContext, openModelTeacher } from "./onnx.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-teacher-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "teacher.onnx");

type Spec = Partial<Parameters<typeof openModelTeacher>[0]>;

async function open(
  model: FixtureOptions | Uint8Array,
  spec: Spec = {},
  more: Partial<ModelTeacherContext> = {},
): Promise<Teacher | { problem: Problem }> {
  writeFileSync(path, model instanceof Uint8Array ? model : fixture(model));
  return openModelTeacher(
    { type: "onnx", path: "teacher.onnx", layout: "auto", outputs: "auto", ...spec },
    { path, sample, threads: 1, shared: identityNormalize, ...more },
  );
}

async function opened(...asked: Parameters<typeof open>): Promise<Teacher> {
  const teacher = await open(...asked);
  if ("problem" in teacher) return assert.fail(JSON.stringify(teacher.problem));
  return teacher;
}

async function refused(...asked: Parameters<typeof open>): Promise<Problem> {
  const teacher = await open(...asked);
  return "problem" in teacher ? teacher.problem : assert.fail("it was opened");
}

const count = 70;
/** Whole numbers: every type of input holds them. */
const samples = Float32Array.from({ length: count * 18 }, (_, i) => (i * 7919) % 11);

function assertClose(found: Float32Array, expected: Float32Array, tolerance = 1e-4): void {
  assert.equal(found.length, expected.length);
  found.forEach((value, i) => {
    const gap = Math.abs(value - (expected[i] as number));
    assert.ok(
      gap <= tolerance * Math.max(1, Math.abs(expected[i] as number)),
      `${i}: ${value}, ${expected[i]}`,
    );
  });
}

const column = node("Reshape", ["scores", "column"], ["output"]);
const softmax = node("Softmax", ["scores"], ["output"]);

const takes: Record<string, [FixtureOptions, Spec?]> = {
  "channels last": [{ shape: ["batch", 2, 3, 3] }, { layout: "nhwc" }],
  "channels first": [{ shape: ["batch", 3, 2, 3], order: "nchw" }],
  "channels first, asked for": [{ shape: ["batch", 3, 2, 3], order: "nchw" }, { layout: "nchw" }],
  flat: [{ shape: ["batch", 18] }, { layout: "nhwc" }],
  "flat, of channels first": [{ shape: ["batch", 18], order: "nchw" }, { layout: "nchw" }],
  "open dimensions": [{ shape: ["n", "h", "w", "c"] }, { layout: "nhwc" }],
  "no declared shape": [{ shape: undefined, order: "nchw" }, { layout: "nchw" }],
  "a batch of 1": [{ shape: [1, 3, 2, 3], order: "nchw", rows: 1 }],
  "a batch of 64": [{ shape: [64, 3, 2, 3], order: "nchw", rows: 64 }],
  "an open batch that is 1 inside": [{ shape: ["batch", 3, 2, 3], order: "nchw", rows: 1 }],
  "no batch dimension": [
    {
      shape: [2, 3, 3],
      rows: 1,
      tail: [node("Squeeze", ["scores", "first"], ["output"])],
      outputShape: [classes],
    },
    { layout: "nhwc" },
  ],
  "outputs [N, C, 1, 1]": [
    { shape: ["batch", 3, 2, 3], order: "nchw", tail: [column], outputShape: ["batch", classes, 1, 1] },
  ],
  float64: [{ type: "float64", outputType: "float64", shape: ["batch", 3, 2, 3], order: "nchw" }],
  float16: [{ type: "float16", shape: ["batch", 3, 2, 3], order: "nchw" }],
  uint8: [{ type: "uint8", shape: ["batch", 3, 2, 3], order: "nchw" }],
  int64: [{ type: "int64", shape: ["batch", 3, 2, 3], order: "nchw" }],
};

for (const [what, [model, spec]] of Object.entries(takes)) {
  test(`a teacher that takes or gives ${what}`, async () => {
    const teacher = await opened(model, spec);
    assert.equal(teacher.classes, classes);
    assert.equal(teacher.parameters, 18 * classes);
    assert.deepEqual(teacher.warnings, []);
    assertClose(await teacher.logits(samples, count), scoresOf(samples, count));
    await teacher.assertUntouched();
    await teacher.dispose();
  });
}

test("half-precision outputs are read", async () => {
  const teacher = await opened({ shape: ["batch", 3, 2, 3], order: "nchw", outputType: "float16" });
  assertClose(await teacher.logits(samples, count), scoresOf(samples, count), 1e-3);
});

test("where both orders of the channels fit, one is taken and the other named", async () => {
  const { warnings } = await opened({ shape: ["n", "h", "w", "c"], order: "nchw" });
  assert.equal(warnings[0]?.code, "teacher-layout");
  assert.match(warnings[0]?.message ?? "", /nchw was taken.*"layout": "nchw", or "nhwc"/);
});

/** Of each label that it is absent and that it is there, [labels, batch, 2]. */
const pairs: Partial<FixtureOptions> = {
  tail: [
    node("Neg", ["scores"], ["opposite"]),
    ...["scores", "opposite"].flatMap((name) => [
      node("Sigmoid", [name], [`share of ${name}`]),
      node("Transpose", [`share of ${name}`], [`${name} by label`]),
      node("Unsqueeze", [`${name} by label`, "last"], [`${name} as a column`]),
    ]),
    node("Concat", ["opposite as a column", "scores as a column"], ["output"], { axis: 2 }),
  ],
  lists: { last: [2] },
  outputShape: [classes, "batch", 2],
};

test("of several labels, pairs of absent and there are read as a number for each label, whatever the batch", async () => {
  const several = hashed({
    task: "multiLabel",
    count,
    shape: sample,
    classes,
    labels: new Int32Array(count),
    targets: new Float32Array(count * classes),
    storage: samples.map((value) => value / 100),
  });
  const small = several.values.inMemory as Float32Array;
  const model: FixtureOptions = { shape: ["batch", 18], ...pairs };
  const teacher = await opened(model, { layout: "nhwc" }, { samples: several });
  assertClose(await teacher.logits(small, count), scoresOf(small, count), 1e-3);
  assertClose(await teacher.logits(small, classes), scoresOf(small, classes), 1e-3);
  assert.equal(teacher.classes, classes);
  const [, ...absent] = pairs.tail ?? [];
  const broken = absent.map((one) =>
    one.name === "opposite as a column" ? { ...one, input: ["scores by label", "last"] } : one,
  );
  const { message } = await refused(
    { ...model, tail: [node("Neg", ["scores"], ["opposite"]), ...broken] },
    { layout: "nhwc" },
    { samples: several },
  );
  assert.match(message, /it gives \[4, 2, 2\], of each label .* do not sum to 1/);
});

test("a model that takes each column by itself is fed those of its names, whatever their order", async () => {
  const table = hashed({
    count: 3,
    shape: [3],
    featureNames: ["a", "b", "c"],
    classes: 2,
    labels: Int32Array.of(0, 1, 0),
    storage: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  });
  const given = { sample: [3], samples: table };
  const teacher = await opened(ofColumns(["c", "a"]), {}, given);
  assert.deepEqual([...(await teacher.logits(table.values.inMemory as Float32Array, 3))], [3, 1, 6, 4, 9, 7]);
  assert.match(teacher.reading ?? "", /Its inputs take the columns of their names\.$/);
  await teacher.assertUntouched();
  const { code, hint } = await refused(ofColumns(["c", "d"]), {}, given);
  assert.equal(code, "model-input");
  assert.match(hint ?? "", /call one of numbers "d" in the data, or store what it says/);
});

test("probabilities become logits whose softmax they are, declared or found out", async () => {
  const model: FixtureOptions = { shape: ["batch", 3, 2, 3], order: "nchw", tail: [softmax] };
  // Small values: probabilities that float32 cannot hold would be cut off.
  const small = samples.map((value) => value / 100);
  const scores = scoresOf(small, count);
  const expected = scores.map((score, i) => {
    const row = scores.subarray(i - (i % classes), i - (i % classes) + classes);
    return score - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  });
  const declared = await opened(model, { outputs: "probabilities" });
  assertClose(await declared.logits(small, count), expected);
  assert.deepEqual(declared.warnings, []);
  const foundOut = await opened(model);
  assertClose(await foundOut.logits(small, count), expected);
  assert.deepEqual(foundOut.warnings, []);
  assert.match(foundOut.reading ?? "", /taken as probabilities, of which the logarithm is taken/);
  const otherwise = await opened(model, { outputs: "logits" });
  assertClose(await otherwise.logits(small, count), expected);
  assert.equal(otherwise.warnings[0]?.code, "teacher-probabilities");

  const wrong = await refused({ shape: ["batch", 3, 2, 3] }, { outputs: "probabilities" });
  assert.equal(wrong.code, "teacher-outputs");
});

/** Like the samples of these tests, in two classes. */
const data = hashed({
  count,
  shape: sample,
  classes,
  labels: Int32Array.from({ length: count }, (_, i) => i % classes),
  storage: samples,
});

test("what a model gives is checked with samples of the data, not by ones that were made up", async () => {
  // Sums are the largest value of the batch, rounded up: 1 for values below 1, such as the trial's, 10 for these.
  const model: FixtureOptions = {
    shape: ["batch", 3, 2, 3],
    order: "nchw",
    tail: [
      node("Softmax", ["scores"], ["shares"]),
      node("ReduceMax", ["flat"], ["largest"]),
      node("Ceil", ["largest"], ["whole"]),
      node("Mul", ["shares", "whole"], ["output"]),
    ],
  };
  assert.match((await opened(model, {}, { samples: data })).reading ?? "", /taken as logits/);
  assert.equal(
    (await refused(model, { outputs: "probabilities" }, { samples: data })).code,
    "teacher-outputs",
  );
});

test("one number for two classes is the logit or the probability of the second", async () => {
  const first = node("Gather", ["scores", "first"], ["chosen"], { axis: 1 });
  const model = (last: string): FixtureOptions => ({
    shape: ["batch", 3, 2, 3],
    order: "nchw",
    tail: [first, node(last, ["chosen"], ["output"])],
    outputShape: ["batch", 1],
  });
  const small = samples.map((value) => value / 10);
  const two = hashed({ ...data, classes: 2, storage: small });
  const expected = Float32Array.from({ length: 2 * count }, (_, i) =>
    i % 2 === 0 ? 0 : (scoresOf(small, count)[(i >> 1) * classes] as number),
  );
  const score = await opened(model("Identity"), {}, { samples: two });
  assert.equal(score.classes, 2);
  assertClose(await score.logits(small, count), expected);
  const share = await opened(model("Sigmoid"), {}, { samples: two });
  const logits = await share.logits(small, count);
  for (let i = 0; i < count; i++) {
    const [no, yes] = [logits[2 * i] as number, logits[2 * i + 1] as number];
    assert.ok(Math.abs(yes - no - (expected[2 * i + 1] as number)) < 1e-3, `${yes - no}`);
  }
});

test("inputs and outputs go by name; without one the first output of floating-point numbers counts", async () => {
  const label = node("ArgMax", ["scores"], ["label"], { axis: 1, keepdims: 0 });
  const model: FixtureOptions = {
    shape: ["batch", 3, 2, 3],
    order: "nchw",
    tail: [label, node("Neg", ["scores"], ["negative"]), node("Identity", ["scores"], ["output"])],
    outputs: [port("label", "int64", ["batch"]), port("negative", "float32", ["batch", classes])],
  };
  const expected = scoresOf(samples, count);
  const named = await opened(model, { input: "input", output: "output" });
  assertClose(await named.logits(samples, count), expected);
  const first = await opened(model);
  assertClose(
    await first.logits(samples, count),
    expected.map((value) => -value),
  );
  assert.notEqual(named.hash, first.hash);

  assert.match((await refused(model, { output: "label" })).message, /"label" gives one number per sample/);
  const absent = await refused(model, { output: "scores" });
  assert.equal(absent.code, "model-port");
  assert.match(absent.hint ?? "", /"label" \(int64\), "negative" \(float32\), "output" \(float32\)/);
  assert.match((await refused(model, { input: "x" })).message, /no input named "x"/);
});

test("scores in an output a class are put together, and a loss may still look at one of these", async () => {
  const model: FixtureOptions = {
    shape: ["batch", 3, 2, 3],
    order: "nchw",
    ...inColumns([0, 1, 2, 3]),
  };
  const expected = scoresOf(samples, count);
  const teacher = await opened(model, {}, { taps: ["i1"] });
  assertClose(await teacher.logits(samples, count), expected);
  assert.match(teacher.reading ?? "", /^"scores" has a number for each class/);
  const { features, logits } = (await teacher.forward?.(samples, count)) ?? assert.fail();
  assertClose(logits, expected);
  assertClose(
    features["i1"] ?? assert.fail(),
    expected.filter((_, i) => i % classes === 1),
  );
  const absent = await refused(model, { output: "i1" });
  assert.deepEqual([absent.code, absent.hint], ["model-port", 'Its outputs are "scores" (float32).']);
});

test("weights in a file of their own are part of the teacher", async () => {
  const weights = join(folder, "teacher.bin");
  const model: FixtureOptions = { shape: ["batch", 3, 2, 3], externalWeights: "teacher.bin" };
  const absent = await refused(model);
  assert.equal(absent.code, "model-weights");
  assert.match(absent.message, /teacher\.bin does not exist/);

  writeFileSync(weights, new Uint8Array(weightsOf().buffer));
  const before = await opened(model);
  writeFileSync(weights, new Uint8Array(weightsOf().map((value) => value * 2).buffer));
  const after = await opened(model);
  assert.notEqual(
    before.hash,
    after.hash,
    "other weights are another teacher, though the model file is the same",
  );
});

const image: FixtureOptions = { shape: ["batch", 3, 2, 3] };
const refusals: Record<
  string,
  [FixtureOptions | Uint8Array, Spec, Partial<ModelTeacherContext>, code: string, RegExp]
> = {
  "another shape": [{ shape: ["batch", 3, 5, 5] }, {}, {}, "model-input", /\[batch, 3, 5, 5\].*\[2, 3, 3\]/],
  "the other layout": [image, { layout: "nhwc" }, {}, "model-input", /in the layout nhwc/],
  "a second input": [
    { ...image, inputs: [port("mask", "float32", ["batch"])] },
    { inputs: { mask: "tokens", input: "sample" } },
    {},
    "model-input",
    /the inputs "input", "mask" would all take the sample/,
  ],
  "a second input of which the name tells nothing": [
    { ...image, inputs: [port("y", "float32", ["batch"])] },
    { input: "input" },
    {},
    "model-input",
    /what the input "y" is fed does not show from its name/,
  ],
  "whole numbers of normalised samples": [
    { ...image, type: "uint8" },
    {},
    { shared: { scale: 1 / 255, mean: [0], std: [1] } },
    "model-input",
    /integers \(uint8\)/,
  ],
  "more than one row of scores a sample": [
    { ...image, tail: [node("Reshape", ["scores", "pairs"], ["output"])], outputShape: ["batch", 2, 2] },
    {},
    {},
    "model-port",
    /gives \[any, 2, 2\]; expected \[batch, classes\]/,
  ],
  "an operator that does not exist": [
    { ...image, tail: [node("Sofmax", ["scores"], ["output"])] },
    {},
    {},
    "operator-unsupported",
    /it has Sofmax, which ONNX does not have/,
  ],
  "an operator of the future": [
    { ...image, opset: 99, tail: [node("Sofmax", ["scores"], ["output"])] },
    {},
    {},
    "teacher-unreadable",
    /[Oo]pset 99/,
  ],
  "operators of the future": [{ ...image, opset: 99 }, {}, {}, "teacher-unreadable", /[Oo]pset 99/],
  "a format of the future": [{ ...image, irVersion: 99 }, {}, {}, "model-format", /IR version 99/],
  "half a file": [fixture(image).slice(0, 200), {}, {}, "corrupt", /damaged or truncated.*at byte/],
  "an empty file": [new Uint8Array(0), {}, {}, "empty-file", /empty/],
  "another kind of file": [
    new TextEncoder().encode("hello\n".repeat(9)),
    {},
    {},
    "wrong-magic",
    /not an ONNX model/,
  ],
};

for (const [what, [model, spec, more, code, message]] of Object.entries(refusals)) {
  test(`a teacher with ${what} is refused, and the reason said`, async () => {
    const problem = await refused(model, spec, more);
    assert.equal(problem.code, code, problem.message);
    assert.match(problem.message, message);
    assert.doesNotMatch(problem.message, /onnxruntime_src/, "nothing of the runtime's own source");
  });
}

test("tensors inside the graph can be looked at, those of images with their channels last", async () => {
  const image = node("Transpose", ["input"], ["image"]);
  const teacher = await opened(
    {
      shape: ["batch", 3, 2, 3],
      order: "nchw",
      tail: [{ ...image, op_type: "Relu" }, node("Identity", ["scores"], ["output"])],
    },
    {},
    { taps: ["image", "scores", "output"] },
  );
  assert.deepEqual(teacher.features, { image: sample, scores: [classes], output: [classes] });
  const { logits, features } = await teacher.forward(samples, count);
  assert.deepEqual(features["image"], samples); // whole numbers, none below 0
  assert.deepEqual(features["scores"], logits);
  assert.deepEqual(features["output"], logits);
  assert.deepEqual(await teacher.logits(samples, count), logits);
});

test("tensors are found where the weights are in another file", async () => {
  const { buffer } = weightsOf();
  writeFileSync(join(folder, "tapped.bin"), new Uint8Array(buffer));
  const tail = [node("Identity", ["scores"], ["output"])];
  const teacher = await opened(
    { shape: ["batch", 2, 3, 3], externalWeights: "tapped.bin", tail },
    {},
    { taps: ["scores"] },
  );
  const { logits, features } = await teacher.forward(samples, count);
  assertClose(logits, scoresOf(samples, count));
  assert.deepEqual(features["scores"], logits);
});

test("a model for one sample at a time gives its tensors too", async () => {
  const tail = [node("Identity", ["scores"], ["output"])];
  const teacher = await opened({ shape: [1, 2, 3, 3], rows: 1, tail }, {}, { taps: ["scores"] });
  const { logits, features } = await teacher.forward(samples, count);
  assert.equal(logits.length, count * classes);
  assert.deepEqual(features["scores"], logits);
});

test("a tensor that is not there is named, and what there is", async () => {
  const problem = await refused({ shape: ["batch", 2, 3, 3] }, {}, { taps: ["hidden"] });
  assert.equal(problem.code, "unknown-layer");
  assert.match(problem.message, /no layer "hidden"/);
  assert.match(problem.hint ?? "", /"flat", "output"/);
});

test("a teacher that is not there", async () => {
  const gone = await openModelTeacher(
    { type: "onnx", path: "gone.onnx", layout: "auto", outputs: "logits" },
    { path: join(folder, "gone.onnx"), sample, shared: identityNormalize },
  );
  assert.ok("problem" in gone);
  assert.match(gone.problem.message, /gone\.onnx.*missing-file/);
});

test("asking changes neither the file nor the outputs", async () => {
  const teacher = await opened({ shape: ["batch", 3, 2, 3], order: "nchw" });
  const hash = () => createHash("sha256").update(readFileSync(path)).digest("hex");
  const before = hash();
  const first = await teacher.logits(samples, count);
  for (let i = 0; i < 5; i++) assert.deepEqual(await teacher.logits(samples, count), first);
  await teacher.assertUntouched();
  assert.equal(hash(), before);
});

test("one number a sample of a regression may stand in an output without columns", async () => {
  const bare = [
    node("Gather", ["scores", "first"], ["chosen"], { axis: 1 }),
    node("Squeeze", ["chosen"], ["output"]),
  ];
  const known = hashed({
    task: "regression",
    count,
    shape: sample,
    classes: 1,
    labels: new Int32Array(count),
    targets: new Float32Array(count),
    storage: samples,
  });
  const model = { shape: ["batch", 3, 2, 3], order: "nchw", tail: bare, outputShape: ["batch"] } as const;
  const teacher = await opened(model, {}, { samples: known });
  assert.equal(teacher.classes, 1);
  const expected = scoresOf(samples, count).filter((_, i) => i % classes === 0);
  assertClose(await teacher.logits(samples, count), expected);
  await teacher.dispose();
});
