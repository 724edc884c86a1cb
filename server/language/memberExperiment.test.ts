import assert from "node:assert/strict";
import { test } from "node:test";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { expand } from "../sweep/expand.ts";
import { memberExperiment, settingsOf } from "./memberExperiment.ts";
import { resolve } from "./resolve.ts";

const experiment: Experiment = {
  data: { train: { type: "idx", images: "x", labels: "y" } },
  teacher: { type: "layers", layers: [{ type: "dense", units: 3 }], train: { epochs: 2 } },
  student: { preset: "mlp", hidden: [64] },
  seeds: [7, 8],
  sweep: { parameters: { temperature: [1, 2], "data.batchSize": [32], "optimizer.learningRate": [0.1] } },
};
const members = expand(experiment).map((settings) => memberExperiment(experiment, settings, "x"));

test("a member is what the file would be with the values written into it", () => {
  const { seeds: _, sweep: __, ...single } = experiment;
  const written: Experiment = {
    ...single,
    temperature: 2,
    seed: 8,
    optimizer: { type: "adamw", learningRate: 0.1 },
    data: { ...single.data, batchSize: 32 },
  };
  const { teacher: _teacher, ...expected } = resolve(written, "x");
  const { teacher, ...found } = members.at(-1) ?? assert.fail();
  assert.deepEqual(found, expected);
});

test("every member has the same teacher, trained as the file itself says", () => {
  const { teacher } = resolve(experiment);
  assert.equal(teacher?.type === "layers" && teacher.train.seed, 7);
  assert.equal(teacher?.type === "layers" && teacher.train.batchSize, 128);
  for (const member of members) assert.deepEqual(member.teacher, teacher);
});

test("unless the teacher is what varies", () => {
  const [first] = [{ "teacher.train.seed": 5, "teacher.train.epochs": 1 }];
  const { teacher } = memberExperiment(experiment, first ?? {}, "x");
  assert.deepEqual(teacher?.type === "layers" && [teacher.train.seed, teacher.train.epochs], [5, 1]);
});

test("the experiment itself is left as it is", () => {
  assert.deepEqual(experiment.seeds, [7, 8]);
  assert.equal(experiment.teacher?.type === "layers" && experiment.teacher.train?.seed, undefined);
});

test("a teacher that is trained with batches of its own keeps them, and one from a file is left as it is", () => {
  const teacher: Experiment["teacher"] = { type: "layers", layers: [], train: { batchSize: 16 } };
  const { teacher: trained } = memberExperiment({ ...experiment, teacher }, { "data.batchSize": 32 }, "x");
  assert.equal(trained?.type === "layers" && trained.train.batchSize, 16);
  const onnx = { type: "onnx", path: "t.onnx" } as const;
  const { teacher: found } = memberExperiment({ ...experiment, teacher: onnx }, { temperature: 2 }, "x");
  assert.deepEqual(found, resolve({ ...experiment, teacher: onnx }).teacher);
  const { teacher: _, ...alone } = experiment;
  assert.equal(memberExperiment(alone, { temperature: 2 }, "x").teacher, undefined);
});

test("a value inside of another one that varies is set whatever stands first", () => {
  for (const [hidden, student] of [
    ["student.hidden[0]", "student"],
    ["student", "student.hidden[0]"],
  ] as const) {
    const values = { student: { preset: "mlp", hidden: [8, 4] }, "student.hidden[0]": 16 };
    const settings = { [hidden]: values[hidden], [student]: values[student] };
    const { student: found } = memberExperiment(experiment, settings, "x");
    assert.deepEqual("hidden" in found && found.hidden, [16, 4]);
  }
});

test("what is no path sets nothing", () => {
  assert.deepEqual(settingsOf({ "a..b": 1 }), []);
});
