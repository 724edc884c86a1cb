import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { InferenceSession } from "onnxruntime-node";
import { encodeNpy, filesIn } from "../support/dataFiles.ts";
import { distill, succeed } from "./support.ts";

/** What a program has to know of an exported model besides its shapes is told, and stands in the model. */

const npy = (type: string, shape: readonly number[], value: (at: number) => number) =>
  encodeNpy(
    type,
    shape,
    Array.from({ length: shape.reduce((product, extent) => product * extent) }, (_, at) => value(at)),
  );

interface Given {
  readonly data?: object;
  readonly source?: object;
  readonly train?: object;
  readonly reported?: RegExp;
}

const cases = {
  "several labels, each given from a probability of its own on": {
    files: {
      "x.npy": npy("<f4", [24, 3], (at) => Math.sin(at)),
      "y.npy": npy("|u1", [24, 2], (at) => Number(at % 5 < 3)),
    },
    data: { threshold: [0.5, 0.3] },
    layers: [{ type: "dense", units: 2 }],
    loss: "bce",
    said: /^ {2}output .* of the labels, each of its own, given from 0\.5, 0\.3 on$/m,
    key: "threshold",
    kept: [0.5, 0.3],
  },
  "numbers of tokens with a mask, without a tokenizer": {
    files: {
      "x.npy": npy("<i8", [24, 4], (at) => 1 + (at % 7)),
      "y.npy": npy("<i8", [24], (at) => at % 2),
      "mask.npy": npy("<i8", [24, 4], (at) => Number(at % 4 < 3)),
    },
    source: { mask: "mask.npy", vocabulary: 9 },
    layers: [
      { type: "embedding", inputDim: 9, outputDim: 4, maskToken: 8 },
      { type: "globalAveragePooling1d" },
      { type: "dense", units: 2 },
    ],
    loss: "ce",
    said: /^ {2}input .*: numbers of tokens, as they stand in the file, and 8 as padding$/m,
    key: "tokens",
    kept: { vocabulary: 9, padding: 8 },
  },
  "a number by the name of its column, and of words that a table has for yes and no": {
    files: {
      "rows.csv": `area,garden,price\n${Array.from({ length: 24 }, (_, i) => `${i},${i % 2 ? "Yes" : "No"},${i / 2}\n`).join("")}`,
    },
    train: { type: "csv", path: "rows.csv", label: "price" },
    layers: [{ type: "dense", units: 1 }],
    loss: "mse",
    said: /^ {2}numbers +price$/m,
    key: "booleans",
    kept: [{ name: "garden", words: ["No", "Yes"] }],
    reported: /^- numbers: `price`$/m,
  },
};

for (const [what, { files, layers, loss, said, key, kept, ...given }] of Object.entries(cases))
  test(`a run is listed and its export tells of ${what}`, async (t) => {
    const { data = {}, source = {}, reported, ...rows }: Given = given;
    const train = rows.train ?? { type: "npy", features: "x.npy", labels: "y.npy", ...source };
    const experiment = {
      data: { train, batchSize: 8, ...data },
      student: { layers },
      losses: [{ type: loss }],
      training: { epochs: 1 },
    };
    const folder = await filesIn(t, { ...files, "a.distill.json": JSON.stringify(experiment) });
    const told = async (...words: string[]) => {
      const { stdout } = await succeed(words, { cwd: folder });
      return stdout;
    };
    await told("run", "a.distill.json");
    assert.match(await told("list"), /completed/);
    assert.match(await told("export", "latest", "--format", "onnx", "--out", "s.onnx"), said);
    const text = (await readFile(join(folder, "s.onnx"))).toString("latin1");
    assert.ok(text.includes(JSON.stringify(kept)), `${key} in the model`);
    if (reported) assert.match(await told("report", "latest", "--format", "md"), reported);
    await (await InferenceSession.create(join(folder, "s.onnx"))).release();
  });

test("a run that has not the student that is asked for says so, and which it has", async (t) => {
  const experiment = {
    data: {
      train: { type: "csv", path: "rows.csv", label: "is" },
      validation: { split: 0.25 },
      batchSize: 8,
    },
    student: { preset: "mlp", hidden: [4] },
    losses: [{ type: "ce" }],
    training: { epochs: 1 },
  };
  const folder = await filesIn(t, {
    "rows.csv": `x,is\n${Array.from({ length: 24 }, (_, i) => `${i},${i % 2 ? "a" : "b"}\n`).join("")}`,
    "e.distill.json": JSON.stringify(experiment),
  });
  const inside = { cwd: folder };
  await succeed(["run", "e.distill.json"], inside);
  const runs = join(folder, ".distill", "runs");
  const [run = ""] = (await readdir(runs)).filter((name) => !name.startsWith("."));
  for (const [lost, said] of [
    ["best", /has no best weights\.\nExport the others: --weights final\./],
    ["final", /has no student yet\.\nResume it: it has ended before it had one\./],
  ] as const) {
    await rm(join(runs, run, lost), { recursive: true });
    const { code, stderr } = await distill(["export", run, "--format", "onnx", "--out", "s.onnx"], inside);
    assert.equal(code, 1);
    assert.match(stderr, said);
  }
});
