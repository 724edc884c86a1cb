import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { loadEager } from "../../test/support/eager.ts";
import { memoryWorld } from "../../test/support/memoryWorld.ts";
import {
  classes,
  type FixtureOptions,
  fixture,
  inColumns,
  node,
  ofColumns,
  port,
} from "../../test/support/onnxModel.ts";
import { checkFile } from "../api/checkFile.ts";
import { distil } from "../engine/train/distil.ts";
import { resolve } from "../language/resolve.ts";

const parent = mkdtempSync(join(tmpdir(), "broken-teachers-"));
const folder = join(parent, "experiment");
mkdirSync(folder);
after(() => rmSync(parent, { recursive: true, force: true }));

/** 40 rows of 18 numbers, as the fixture's samples are, and a class. */
const columns = Array.from({ length: 18 }, (_, i) => `x${i}`);
const rows = Array.from({ length: 40 }, (_, row) =>
  [...columns.map((_, i) => (row * 7 + i * 3) % 11), row % classes].join(","),
);
const flags = Array.from({ length: 40 }, (_, row) =>
  [row % 5, row % 3, row % 7, row, row & 1, (row >> 1) & 1].join(","),
);
writeFileSync(join(folder, "labels.csv"), ["a,b,c,d,u,v", ...flags, ""].join("\n"));
writeFileSync(join(folder, "data.csv"), [[...columns, "label"].join(","), ...rows, ""].join("\n"));

interface Broken {
  readonly model: FixtureOptions | Uint8Array | undefined;
  /** Of the teacher, and in place of the data's. */
  readonly said?: object;
  readonly data?: object;
  readonly task?: "multiLabel";
  readonly code: string;
  readonly message: RegExp;
}

const teacherFile = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/teachers/${name}`, import.meta.url));

const flat: FixtureOptions = { shape: ["batch", 18] };
const label = node("ArgMax", ["scores"], ["output"], { axis: 1, keepdims: 0 });
writeFileSync(join(parent, "weights.bin"), new Uint8Array(4 * 18 * classes));

/** A map from class to score, as scikit-learn's exporter makes it. */
function mapped(...names: string[]) {
  const strings = names.map((name) => new TextEncoder().encode(name));
  const attribute = [{ name: "classlabels_strings", type: 8, strings }];
  return [{ ...node("ZipMap", ["scores"], ["output"]), domain: "ai.onnx.ml", attribute }];
}

const teachers: Readonly<Record<string, Broken>> = {
  "that is not there": { model: undefined, code: "missing-file", message: /no such file/i },
  "of no bytes": { model: new Uint8Array(0), code: "empty-file", message: /empty/ },
  "cut off": { model: fixture(flat).slice(0, 200), code: "corrupt", message: /truncated/ },
  "that is another kind of file": {
    model: new TextEncoder().encode("hello\n".repeat(9)),
    code: "wrong-magic",
    message: /not an ONNX model/,
  },
  "without a graph": { model: Uint8Array.of(8, 8), code: "wrong-magic", message: /not an ONNX model/ },
  "whose weights are not there": {
    model: { ...flat, externalWeights: "gone.bin" },
    code: "model-weights",
    message: /gone\.bin does not exist/,
  },
  "whose weights are in another folder": {
    model: { ...flat, externalWeights: "../weights.bin" },
    code: "model-weights",
    message: /file "\.\.\/weights\.bin" is outside of its folder/,
  },
  "with two inputs whose names tell nothing": {
    model: { ...flat, inputs: [port("y", "float32", ["batch"])] },
    code: "model-input",
    message: /what the inputs "input", "y" are fed does not show from their names/,
  },
  "that takes texts": {
    model: { ...flat, type: "string" },
    code: "model-input",
    message: /"input" has the type string; expected one of float32/,
  },
  "that takes whole numbers of normalised samples": {
    model: { ...flat, type: "uint8" },
    data: { normalize: { scale: 0.1 } },
    code: "model-input",
    message: /takes integers \(uint8\), but the samples are normalised/,
  },
  "that takes a map of words": {
    model: teacherFile("words.onnx"),
    data: { train: { type: "csv", path: "labels.csv", label: "b" } },
    code: "model-input",
    message:
      /"input" has the type map\(string, float32\); expected .* Export the steps behind the DictVectorizer/,
  },
  "that gives a list of scores": {
    model: teacherFile("several.onnx"),
    data: { train: { type: "csv", path: "labels.csv", label: ["u", "v"] } },
    task: "multiLabel",
    code: "model-port",
    message: /number.? for each class.*"probabilities" \(seq\(float32\)\)\. Store what/,
  },
  "whose list of scores is asked for": {
    model: teacherFile("several.onnx"),
    data: { train: { type: "csv", path: "labels.csv", label: ["u", "v"] } },
    task: "multiLabel",
    said: { output: "probabilities" },
    code: "model-port",
    message: /"probabilities" has the type seq\(float32\).* Store what the model says in Python/,
  },
  "that computes in float64 what the runtime does not": {
    model: {
      ...flat,
      tail: [
        node("Cast", ["scores"], ["wide"], { to: 11 }),
        node("Relu", ["wide"], ["positive"]),
        node("Erf", ["positive"], ["erf"]),
        node("Elu", ["erf"], ["elu"]), // Made of others in opset 18.
        node("Cast", ["elu"], ["output"], { to: 1 }),
      ],
    },
    code: "operator-unsupported",
    message: /computes Erf in float64, for which ONNX Runtime has no kernel\. Export the model in float32/,
  },
  "of a newer form than the runtime loads": {
    model: { ...flat, irVersion: 14 },
    code: "model-format",
    message: /it has IR version 14, which ONNX Runtime does not load yet\. .* model\.ir_version = 10/,
  },
  "with an operator that its exporter did not convert": {
    model: { ...flat, tail: [node("Erfc", ["scores"], ["output"])] },
    code: "operator-unsupported",
    message: /it has Erfc, which ONNX does not have.* name the SavedModel itself/,
  },
  "whose scores are of pairs of classes": {
    model: teacherFile("pairs.onnx"),
    data: { train: { type: "csv", path: "labels.csv", label: "u", features: ["a", "b", "c", "d"] } },
    code: "teacher-scores",
    message: /of pairs of classes \(of two classes in reverse\).*CalibratedClassifierCV\(SVC\(\)\)/,
  },
  "of larger samples": {
    model: { shape: ["batch", 20] },
    code: "model-input",
    message: /\[.*, 20\].* \[18\]/,
  },
  "of as many values in other axes": {
    model: { shape: ["batch", 3, 2, 3] },
    code: "model-input",
    message: /\[.*, 3, 2, 3\].* \[18\]/,
  },
  "without the input that is named": {
    model: flat,
    said: { input: "image" },
    code: "model-port",
    message: /no input (named )?"image"/,
  },
  "without the output that is named": {
    model: flat,
    said: { output: "logit" },
    code: "model-port",
    message: /no output (named )?"logit"/,
  },
  "that gives labels alone": {
    model: { ...flat, tail: [label], onlyOutputs: [port("output", "int64", ["batch"])] },
    code: "model-port",
    message: /no output (of numbers|with a number) for each class/,
  },
  "that gives one number a sample": {
    model: {
      ...flat,
      tail: [
        node("Gather", ["scores", "first"], ["chosen"], { axis: 1 }),
        node("Squeeze", ["chosen"], ["output"]),
      ],
      outputShape: ["batch"],
    },
    code: "model-port",
    message: /"output" gives one number per sample; expected one number per class/,
  },
  "of columns that the data does not have": {
    model: ofColumns(["p", "q", "r", "s"]),
    code: "model-input",
    message: /takes each column of a table by itself: call one of numbers "p" in the data/,
  },
  "that gives a table for each sample": {
    model: {
      ...flat,
      tail: [
        node("Unsqueeze", ["scores", "last"], ["single"]),
        node("Concat", ["single", "single"], ["output"], { axis: 2 }),
      ],
      lists: { last: [2] },
      outputShape: ["batch", 4, 2],
    },
    code: "model-port",
    message: /"output" gives \[any, 4, 2\]; expected \[batch, classes\]/,
  },
  "of several labels on data of one": {
    model: {
      ...flat,
      tail: [
        node("Transpose", ["scores"], ["turned"]),
        node("Unsqueeze", ["turned", "last"], ["single"]),
        node("Concat", ["single", "single"], ["output"], { axis: 2 }),
      ],
      lists: { last: [2] },
      outputShape: [4, "batch", 2],
    },
    code: "model-port",
    message: /"output" gives \[4, any, 2\]; expected \[batch, classes\]/,
  },
  "whose columns stand in outputs in another order": {
    model: { ...flat, ...inColumns([0, 2, 1, 3]) },
    code: "model-port",
    message: /"i0" gives one number per sample/,
  },
  "of which one column of several is asked for": {
    model: { ...flat, ...inColumns([0, 1, 2, 3]) },
    said: { output: "i1" },
    code: "model-port",
    message: /no output (named )?"i1"/,
  },
  "whose classes are called otherwise": {
    model: { ...flat, tail: mapped("0", "1", "2", "7") },
    code: "class-order",
    message: /0, 1, 2, 7; the data has 0, 1, 2, 3/,
  },
  "of other classes": {
    model: {
      ...flat,
      tail: [node("Concat", ["scores", "scores"], ["output"], { axis: 1 })],
      outputShape: ["batch", 8],
    },
    code: "class-mismatch",
    message: /has 8 classes, .*4\. Use a teacher of the data's classes, or .*"head": "replace"/,
  },
};

for (const [what, { model, said, data, task, code, message }] of Object.entries(teachers)) {
  test(`a teacher ${what}: check says what the run would`, async () => {
    const path = join(folder, "teacher.onnx");
    if (model === undefined) rmSync(path, { force: true });
    else writeFileSync(path, model instanceof Uint8Array ? model : fixture(model));
    const experiment: Experiment = {
      data: {
        train: { type: "csv", path: "data.csv", label: "label" },
        validation: { split: 0.2 },
        batchSize: 8,
        ...data,
      },
      ...(task && { task }),
      teacher: { type: "onnx", path: "teacher.onnx", ...said },
      student: { preset: "mlp", hidden: [4] },
      training: { epochs: 1 },
    };

    const text = JSON.stringify(experiment);
    const { diagnostics, offsetOf } = await checkFile(text, folder);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    assert.deepEqual(
      errors.map(({ code }) => code),
      [code],
    );
    const [found] = errors;
    assert.match(found?.message ?? "", message);
    const at = text.slice(offsetOf(found as (typeof errors)[number]));
    assert.ok(
      at.startsWith(JSON.stringify(said === undefined ? "teacher.onnx" : Object.values(said)[0])),
      at,
    );

    const { context } = memoryWorld({ load: loadEager, folder });
    const ended = await distil(resolve(experiment, "broken") as ResolvedExperiment, context);
    assert.equal(ended.ending, "failed");
    if (ended.ending !== "failed") return;
    assert.equal(ended.code, code, ended.message);
    assert.match(`${ended.message} ${ended.hint ?? ""}`, message);
  });
}

const whole: Readonly<Record<string, FixtureOptions>> = {
  "that is whole": flat,
  "whose classes have an output each": { ...flat, ...inColumns([0, 1, 2, 3]) },
};

for (const [what, model] of Object.entries(whole)) {
  test(`a teacher ${what} passes both`, async () => {
    writeFileSync(join(folder, "teacher.onnx"), fixture(model));
    const experiment: Experiment = {
      data: {
        train: { type: "csv", path: "data.csv", label: "label" },
        validation: { split: 0.2 },
        batchSize: 8,
      },
      teacher: { type: "onnx", path: "teacher.onnx" },
      student: { preset: "mlp", hidden: [4] },
      training: { epochs: 1 },
    };
    const { diagnostics } = await checkFile(JSON.stringify(experiment), folder);
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === "error"),
      [],
    );
    const { context } = memoryWorld({ load: loadEager, folder });
    assert.equal(
      (await distil(resolve(experiment, "whole") as ResolvedExperiment, context)).ending,
      "completed",
    );
  });
}
