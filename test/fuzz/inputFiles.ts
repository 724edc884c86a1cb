import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { encodeIdx, encodeNpy, encodeSafetensors, modelJson } from "../support/dataFiles.ts";
import { fixture } from "../support/onnxModel.ts";

/** An experiment that can be trained, and the files that it names. */
export interface Inputs {
  readonly experiment: Experiment;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const classes = 3;
const labels = Array.from({ length: 12 }, (_, row) => row % classes);
const values = labels.flatMap((label, row) => [label, row, (row * 7) % 5, 1]); // [12, 4]
const rows = labels.map((label, row) => [...values.slice(4 * row, 4 * row + 4), `class ${label}`].join(","));

const x = encodeNpy("<f4", [12, 4], values);
const y = encodeNpy("<i8", [12], labels);
const csv = Buffer.from(['a,"b ""x""",c,d,y', ...rows, ""].join("\r\n"));
/** As the teacher of ONNX takes it: 18 numbers and one of four classes. */
const wide = Buffer.from(
  [
    [...Array.from({ length: 18 }, (_, i) => `x${i}`), "y"].join(","),
    ...labels.map((_, row) =>
      [...Array.from({ length: 18 }, (_, i) => (row * 7 + i * 3) % 11), row % 4].join(","),
    ),
  ].join("\n"),
);
const weights = new Uint8Array(4 * (4 * 8 + 8 + 8 * 3 + 3)).fill(1);
const model = { "model.json": Buffer.from(JSON.stringify(modelJson)), "weights.bin": weights };

const texts = new URL("../fixtures/texts/", import.meta.url);
const ofTokens: NonNullable<Extract<Experiment["student"], { layers: unknown }>>["layers"] = [
  { type: "embedding", inputDim: 160, outputDim: 2 },
  { type: "globalAveragePooling1d" },
  { type: "dense", units: 3 },
];

type Source = Experiment["data"]["train"];

const table: Source = { type: "csv", path: "t.csv", label: "y" };

function inputs(train: Source, files: Inputs["files"], more: Partial<Experiment> = {}): Inputs {
  const experiment: Experiment = {
    data: { train, validation: { split: 0.25 }, batchSize: 8 },
    student: { preset: "mlp", hidden: [4] },
    losses: [{ type: "ce" }],
    training: { epochs: 1 },
    ...more,
  };
  return { experiment, files };
}

const reviews = Buffer.from(
  labels.map((label) => `{"t":"A film, wonderful ${label}","y":${label}}\n`).join(""),
);

const distils: Partial<Experiment> = { losses: [{ type: "kd" }] };

/** One of every kind of file that is read. */
export const allInputs: Readonly<Record<string, Inputs>> = {
  idx: inputs(
    { type: "idx", images: "x.idx", labels: "y.idx" },
    { "x.idx": encodeIdx("uint8", [12, 2, 2], values), "y.idx": encodeIdx("uint8", [12], labels) },
  ),
  "idx.gz": inputs(
    { type: "idx", images: "x.idx.gz", labels: "y.idx.gz" },
    {
      "x.idx.gz": gzipSync(encodeIdx("float32", [12, 4], values)),
      "y.idx.gz": gzipSync(encodeIdx("uint8", [12], labels)),
    },
  ),
  npy: inputs({ type: "npy", features: "x.npy", labels: "y.npy" }, { "x.npy": x, "y.npy": y }),
  npz: inputs(
    { type: "npz", path: "z.npz", features: "x", labels: "y" },
    { "z.npz": zipSync({ "x.npy": x, "y.npy": y }) },
  ),
  "stored npz": inputs(
    { type: "npz", path: "z.npz", features: "x", labels: "y" },
    { "z.npz": zipSync({ "x.npy": x, "y.npy": y }, { level: 0 }) },
  ),
  csv: inputs(table, { "t.csv": csv }),
  ...Object.fromEntries(
    ["wordpiece", "bytes", "words"].map((name) => [
      `tokenizer of ${name}`,
      inputs(
        { type: "text", path: "t.jsonl", text: "t", label: "y", tokenizer: "tokenizer.json", maxLength: 8 },
        { "t.jsonl": reviews, "tokenizer.json": readFileSync(new URL(`${name}.json`, texts)) },
        { student: { layers: ofTokens } },
      ),
    ]),
  ),
  onnx: inputs(
    table,
    { "t.csv": wide, "m.onnx": fixture({ shape: ["batch", 18] }) },
    { ...distils, teacher: { type: "onnx", path: "m.onnx" } },
  ),
  "tfjs teacher": inputs(
    table,
    { "t.csv": csv, ...model },
    { ...distils, teacher: { type: "tfjs", path: "model.json" } },
  ),
  "tfjs student": inputs(table, { "t.csv": csv, ...model }, { student: { model: "model.json" } }),
  safetensors: inputs(table, { "t.csv": csv, "w.safetensors": encodeSafetensors({ w: [2, 3], b: [3] }) }),
};
