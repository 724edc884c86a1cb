import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { describeFile } from "../../server/data/describe.ts";
import { encodeNpy, filesIn } from "../support/dataFiles.ts";
import { distill } from "./support.ts";

const columns = 70;
const layers = [
  { type: "dense", units: 16 },
  { type: "batchNormalization" },
  { type: "reLU" },
  { type: "dense", units: 2 },
];
/** Kernel and bias of each dense layer, and four vectors of the norm, two of which are averages. */
const parameters = columns * 16 + 16 + 4 * 16 + 16 * 2 + 2;

test("an export has as many parameters as its student, whatever its format and precision", {
  timeout: 600_000,
}, async (t) => {
  const experiment = {
    data: {
      train: { type: "npy", features: "x.npy", labels: "y.npy" },
      test: { split: 0.25 },
      normalize: "fit",
      batchSize: 8,
    },
    student: { layers },
    losses: [{ type: "ce" }],
    training: { epochs: 1 },
  };
  const folder = await filesIn(t, {
    "x.npy": encodeNpy(
      "<f4",
      [40, columns],
      Array.from({ length: 40 * columns }, (_, at) => Math.sin(at)),
    ),
    "y.npy": encodeNpy(
      "<i8",
      [40],
      Array.from({ length: 40 }, (_, at) => at % 2),
    ),
    "a.distill.json": JSON.stringify(experiment),
  });
  const told = async (...words: string[]) => {
    const { code, stdout, stderr } = await distill(words, { cwd: folder });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const counted = async (...words: string[]) =>
    JSON.parse(await told("evaluate", ...words, "--json")).parameters;
  await told("run", "a.distill.json");
  assert.equal(await counted("latest"), parameters, "the run");
  const exports: readonly (readonly [path: string, model: string, ...how: string[]])[] = [
    ["fp32.onnx", "fp32.onnx"],
    ["raw.onnx", "raw.onnx", "--raw"],
    ["fp16.onnx", "fp16.onnx", "--precision", "fp16", "--max-drop", "100"],
    ["int8.onnx", "int8.onnx", "--precision", "int8", "--max-drop", "100"],
    ["integers.onnx", "integers.onnx", "--precision", "int8", "--calibrate", "--max-drop", "100"],
    ["layers", "layers/model.json", "--format", "tfjs"],
  ];
  for (const [path, file, ...how] of exports) {
    const format = how.includes("--format") ? [] : ["--format", "onnx"];
    await told("export", "latest", ...format, ...how, "--out", path);
    assert.equal(await counted(file, "--data", "a.distill.json"), parameters, path);
  }
  await told("export", "latest", "--format", "savedmodel", "--out", "served");
  const served = await describeFile(join(folder, "served"), { format: "savedModel" });
  assert.equal(served.kind === "model" ? served.parameters : served.kind, parameters, "served");
});
