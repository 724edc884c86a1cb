import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { ResolvedOnnxTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { encodeNpy, filesIn } from "../../../../test/support/dataFiles.ts";
import { resizeImages } from "../../../data/images/resize.ts";
import { Lookup } from "../../../data/lookup.ts";
import { identityNormalize } from "../../../data/normalize.ts";
import { hashed, type Samples } from "../../../data/samples.ts";
import { loadSource } from "../../../data/sources/sources.ts";
import { openTokenizer } from "../../../data/text/tokenizer.ts";
import type { Teacher } from "../teacher.ts";
import { openModelTeacher } from "./onnx.ts";

/** test/fixtures/teachers/inputs.py */
const folder = join(import.meta.dirname, "../../../../test/fixtures/teachers");
const said = JSON.parse(await readFile(join(folder, "inputs.json"), "utf8"));

const samplesOf = (values: readonly number[], shape: readonly number[], more: Partial<Samples> = {}) => {
  const count = values.length / shape.reduce((a, b) => a * b, 1);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  return hashed({ count, shape, classes: 3, labels, storage: Float32Array.from(values), ...more });
};

async function texts(context: Parameters<typeof filesIn>[0]): Promise<Samples> {
  const file = join(await filesIn(context, { "t.json": JSON.stringify(said.tokenizer) }), "t.json");
  const tokenizer = await openTokenizer(file);
  assert.ok(!("code" in tokenizer));
  const encoded = await tokenizer.encode(said.pairs, 12);
  await tokenizer.close();
  assert.ok(!("why" in encoded));
  return samplesOf([...encoded.ids], [12], { tokens: tokenizer.facts });
}

function open(name: string, samples: Samples, spec: Partial<ResolvedOnnxTeacher> = {}) {
  const path = join(folder, name);
  return openModelTeacher(
    { type: "onnx", path, layout: "auto", outputs: "logits", ...spec },
    { path, sample: samples.shape, samples, threads: 1, shared: identityNormalize },
  );
}

async function says(teacher: Teacher, { values, count }: Samples): Promise<number[]> {
  return [...(await teacher.logits(values.inMemory as Float32Array, count))];
}

/** float32 in another order of sums. */
const assertClose = (found: readonly number[], expected: readonly number[], tolerance = 1e-5) => {
  assert.equal(found.length, expected.length);
  for (const [i, value] of found.entries())
    assert.ok(Math.abs(value - (expected[i] as number)) <= tolerance, `${i}: ${value}, not ${expected[i]}`);
};

test("of two texts BERT gets numbers, mask and types as in Python, by the names of its inputs or as is said", async (context) => {
  const samples = await texts(context);
  const teacher = await open("bert.onnx", samples);
  assert.ok(!("problem" in teacher), JSON.stringify(teacher));
  assertClose(await says(teacher, samples), said.bert.flat());
  const words =
    /By their names, "input_ids" takes the tokens, "attention_mask" the mask, "token_type_ids" the types\.$/;
  assert.match(teacher.reading ?? "", words);
  const inputs = { token_type_ids: "types", attention_mask: "mask", input_ids: "tokens" } as const;
  const told = await open("bert.onnx", samples, { inputs });
  assert.ok(!("problem" in told));
  assertClose(await says(told, samples), said.bert.flat());
  assert.equal(told.hash, teacher.hash);
  const blind = await open("bert.onnx", samples, { inputs: { ...inputs, attention_mask: 1 } });
  assert.ok(!("problem" in blind));
  assert.notDeepEqual(await says(blind, samples), await says(told, samples));
  assert.notEqual(blind.hash, told.hash);
});

test("arrays of numbers with a mask feed BERT what its tokenizer does, whatever numbers the mask leaves out", async (context) => {
  const samples = await texts(context);
  const ids = [...(samples.values.inMemory as Float32Array)];
  const separator = Math.max(...ids); // A token's, too.
  const folder = await filesIn(context, {
    "ids.npy": encodeNpy(
      "<i8",
      [samples.count, 12],
      ids.map((id) => id || separator),
    ),
    "mask.npy": encodeNpy(
      "|b1",
      [samples.count, 12],
      ids.map((id) => Number(id !== 0)),
    ),
    "y.npy": encodeNpy("<i8", [samples.count], [...samples.labels]),
  });
  const source = { type: "npy", features: "ids.npy", mask: "mask.npy", labels: "y.npy" } as const;
  const masked = await loadSource(source, folder);
  assert.ok(!("code" in masked), JSON.stringify(masked));
  const inputs = { token_type_ids: 0, attention_mask: "mask", input_ids: "tokens" } as const;
  const [teacher, expected] = [
    await open("bert.onnx", masked, { inputs }),
    await open("bert.onnx", samples, { inputs }),
  ];
  assert.ok(!("problem" in teacher) && !("problem" in expected), JSON.stringify(teacher));
  assertClose(await says(teacher, masked), await says(expected, samples));
});

const wrong: readonly [inputs: NonNullable<ResolvedOnnxTeacher["inputs"]>, code: string, RegExp][] = [
  [{ mask: "mask" }, "model-port", /no input named "mask".*"input_ids", "attention_mask", "token_type_ids"/],
  [
    { attention_mask: "tokens", input_ids: "sample" },
    "model-input",
    /"input_ids", "attention_mask" would all take the sample.*"inputs": \{ "input_ids": "sample"/,
  ],
  [
    { attention_mask: "tokens" },
    "model-input",
    /what the input "input_ids" is fed does not show from its name.*"inputs": \{ "input_ids": "…"/,
  ],
  [
    { input_ids: 1, attention_mask: "mask", token_type_ids: "types" },
    "model-input",
    /no input takes the sample/,
  ],
];

test("what inputs are fed has to be clear", async (context) => {
  const samples = await texts(context);
  for (const [inputs, code, message] of wrong) {
    const teacher = await open("bert.onnx", samples, { inputs });
    assert.ok("problem" in teacher, JSON.stringify(inputs));
    assert.equal(teacher.problem.code, code);
    assert.match(`${teacher.problem.message} ${teacher.problem.hint}`, message);
  }
});

test("samples are brought to the size of a teacher that takes bytes, sizes and a flag", async () => {
  const samples = samplesOf(said.images.flat(3), [6, 5, 3]);
  const unclear = await open("sized.onnx", samples);
  assert.match("problem" in unclear ? unclear.problem.message : "", /inputs "image", "flag" are fed/);
  const teacher = await open("sized.onnx", samples, { inputs: { flag: 1 } });
  assert.ok(!("problem" in teacher), JSON.stringify(teacher));
  assert.deepEqual(teacher.ownShape, [12, 10, 3]);
  assert.match(teacher.reading ?? "", /It takes images of 12 × 10: the samples are resized\.$/);
  // Half precision has 11 binary digits, and of two bytes that are as near Python takes the even one.
  assertClose(await says(teacher, samples), said.sized.flat(), 0.05);
  const small = resizeImages(Float32Array.from(said.images.flat(3)), [6, 5, 3], [3, 7]);
  assertClose([...small], said.shrunk.flat(3), 1e-4);
  const other = await open("sized.onnx", samples, { inputs: { flag: 1 }, size: [12, 11] });
  assert.match("problem" in other ? other.problem.message : "", /do not fit it/);
});

test("images are read from their files at the teacher's size", async () => {
  const large = samplesOf(said.images.flat(3), [6, 5, 3]);
  const asked: (readonly number[])[] = [];
  const samples: Samples = {
    ...samplesOf(Array(4 * 8 * 8 * 3).fill(7), [8, 8, 3]),
    atSize: new Lookup(async (size) => {
      asked.push(size);
      return large.values;
    }),
  };
  const { seenBy } = await import("../seenBy.ts");
  const seen = await seenBy({ ownShape: [6, 5, 3] }, samples);
  assert.ok(!("problem" in seen));
  assert.deepEqual([seen.shape, seen.values, asked], [[6, 5, 3], large.values, [[6, 5]]]);
  assert.equal(await seenBy({}, samples), samples);
});
