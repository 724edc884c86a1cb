import assert from "node:assert/strict";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { setBackend, tensor2d } from "@tensorflow/tfjs-core";
import type { Parameter } from "../../nets/net.ts";
import { unset } from "./crd.ts";
import { type Term, termsOf } from "./losses.ts";

const [samples, dimension] = [700, 128];
const context = { shapes: { student: { own: [3] }, teacher: { seen: [5] } }, samples };
const [term] = termsOf([{ type: "crd", name: "c", student: "own", teacher: "seen" }], context) as [Term];
const initial = (seed: number) => term.own?.initial(seed) ?? {};

test.before(() => setBackend("cpu"));

test("crd that says nothing else takes its authors' sizes, and negatives of other classes", () => {
  assert.deepEqual([term.needsTeacher, term.teacherTaps], [true, ["seen"]]);
  assert.deepEqual(term.negativeSampling, { negatives: 512, negativesFrom: "otherClasses" });
  const shapes = Object.entries(term.own?.parameters ?? {}).map(([name, { shape }]) => [name, shape]);
  assert.deepEqual(Object.fromEntries(shapes), {
    "c/student.kernel": [3, dimension],
    "c/student.bias": [dimension],
    "c/student.bank": [samples, dimension],
    "c/student.logNormalizer": [],
    "c/teacher.kernel": [5, dimension],
    "c/teacher.bias": [dimension],
    "c/teacher.bank": [samples, dimension],
    "c/teacher.logNormalizer": [],
  });
});

test("no optimizer moves a bank or what it is normalised by", () => {
  const moving = { role: "average", initializer: "zeros", trainable: false, decays: false } as const;
  const parameters: Readonly<Record<string, Parameter>> = term.own?.parameters ?? {};
  assert.deepEqual(parameters["c/student.bank"], { shape: [samples, dimension], ...moving });
  assert.deepEqual(parameters["c/teacher.logNormalizer"], { shape: [], ...moving });
});

test("a bank begins uniform around 0, with rows of length 1 in the mean", () => {
  const { "c/student.bank": bank = new Float32Array(), "c/teacher.bank": other } = initial(1);
  const limit = Math.sqrt(3 / dimension);
  const squares = bank.reduce((sum, value) => sum + value * value, 0) / samples;
  const mean = bank.reduce((sum, value) => sum + value, 0) / bank.length;
  assert.equal(bank.length, samples * dimension);
  assert.ok(bank.every((value) => Math.abs(value) <= limit));
  assert.ok(Math.abs(squares - 1) < 0.02 && Math.abs(mean) < 0.01 * limit, `${squares} and ${mean}`);
  assert.notDeepEqual(other, bank);
  assert.notDeepEqual(initial(2)["c/student.bank"], bank);
  assert.deepEqual(initial(1)["c/student.bank"], bank);
});

test("no batch has set the normalisers yet", () => {
  const { "c/student.logNormalizer": student, "c/teacher.logNormalizer": teacher } = initial(1);
  assert.deepEqual([student, teacher], [Float32Array.of(unset), Float32Array.of(unset)]);
});

test("crd says that it does not know which samples it is given", () => {
  const taps = { own: tensor2d([[1, 2, 3]]) };
  const given = {
    student: { logits: taps.own, taps },
    teacher: { logits: taps.own, taps: { seen: taps.own } },
    labels: { weights: taps.own },
    own: {},
  };
  assert.throws(() => term.value(given), /^Error: the loss c was not given its sampled rows$/);
});
