import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { modelInput } from "./modelInput.ts";

const onnx = (path: string) =>
  `{ "data": { "train": ${mnist} }, "teacher": { "type": "onnx", "path": ${path} } }`;
const taking = (...shape: number[]) => ({ ...mnistFiles, "t.onnx": { inputs: [{ name: "x", shape }] } });

check(modelInput, onnx(`▸"t.onnx"◂`), {
  files: taking(-1, 3, 224, 224),
  message: /teacher takes \[\?, 3, 224, 224\]; samples of \[28, 28, 1\] do not fit it/,
  severity: "error",
});
// Channels first or last, flat or not: as many values are as many values.
check(modelInput, onnx(`"t.onnx"`), { files: taking(-1, 1, 28, 28) });
check(modelInput, onnx(`"t.onnx"`), { files: taking(-1, 784) });
check(modelInput, onnx(`"t.onnx"`), { files: taking(-1, -1, -1, -1) });
// As many values, but no order of axes in which they fit; and another number of channels.
check(modelInput, onnx(`▸"t.onnx"◂`), { files: taking(-1, 2, 392) });
check(modelInput, onnx(`▸"t.onnx"◂`), { files: taking(-1, 3, -1, -1) });
check(modelInput, onnx(`"t.onnx"`));
check(modelInput, `{ "data": { "train": ${mnist} }, "student": { "model": ▸"m.json"◂ } }`, {
  files: { ...mnistFiles, "m.json": { inputs: [{ name: "x", shape: [-1, 32, 32, 3] }] } },
});
// One sample at a time, without a batch.
check(modelInput, onnx(`"t.onnx"`), { files: taking(28, 28, 1) });

// Whole numbers of samples that are normalised before.
const bytes = (normalize: string, path = `"t.onnx"`) =>
  `{ "data": { "train": ${mnist}, "normalize": { "scale": 0.5 } }, "teacher": { "type": "onnx", "path": ${path}${normalize} } }`;
const whole = { ...mnistFiles, "t.onnx": { inputs: [{ name: "x", shape: [-1, 784], dtype: "uint8" }] } };
check(modelInput, bytes("", `▸"t.onnx"◂`), {
  files: whole,
  message: /"x" takes integers \(uint8\)/,
  fixed: `"path": "t.onnx", "normalize": { "scale": 1 } }`,
});
check(modelInput, bytes(`, "normalize": { "mean": 3 }`, `▸"t.onnx"◂`), { files: whole });
check(modelInput, bytes(`, "normalize": { "scale": 1, "mean": [0], "std": 1 }`), { files: whole });
check(modelInput, bytes(""), {
  files: { ...whole, "t.onnx": { ...whole["t.onnx"], card: { normalizes: true } } },
});
check(modelInput, bytes(`, "normalize": { "mean": [0, 3] }`, `▸"t.onnx"◂`), { files: whole });
check(modelInput, bytes(`, "normalize": "fit"`, `▸"t.onnx"◂`), { files: whole, fixes: [] });
check(modelInput, bytes(`, "normalize": null`), { files: whole });
check(modelInput, bytes(`, "normalize": "other"`), { files: whole });

// The order of axes may be given; with one channel both are the same.
const images = (layout: string) =>
  `{ "data": { "train": { "type": "npy", "features": "f", "labels": "l" } }, "teacher": { "type": "onnx", "path": ${layout} } }`;
for (const [layout, shape] of [
  ["nchw", [-1, 3, 32, 32]],
  ["nhwc", [-1, 32, 32, 3]],
] as const) {
  const files = { f: { shape: [32, 32, 3] }, "t.onnx": { inputs: [{ name: "x", shape }] } };
  const other = layout === "nchw" ? "nhwc" : "nchw";
  check(modelInput, images(`"t.onnx"`), { files });
  check(modelInput, images(`"t.onnx", "layout": "auto"`), { files });
  check(modelInput, images(`"t.onnx", "layout": "${layout}"`), { files });
  check(modelInput, images(`▸"t.onnx"◂, "layout": "${other}"`), {
    files,
    message: /^The teacher takes \[\?, /,
  });
  check(modelInput, images(`"t.onnx", "layout": "other"`), { files });
}

// The input that is named counts; that there is no such one is said elsewhere.
check(modelInput, onnx(`▸"t.onnx"◂, "input": "x"`), { files: taking(-1, 2, 392) });
check(modelInput, onnx(`"t.onnx", "input": "y"`), { files: taking(-1, 2, 392) });
const two = [
  { name: "x", shape: [-1, 784], dtype: "float32" },
  { name: "y", shape: [-1] },
];
check(modelInput, onnx(`▸"t.onnx"◂`), {
  files: { ...mnistFiles, "t.onnx": { inputs: two } },
  message:
    /^The teacher has 2 inputs, "x" \(float32\), "y"; what the inputs "x", "y" are fed does not show from their names\. Say it: "inputs": \{ "x": "…", "y": "…" \}/,
  severity: "error",
});
for (const [rest, inputs] of [
  [`, "input": "x", "inputs": { "y": 0.5 }`, two],
  [`, "inputs": { "x": "sample", "y": "width" }`, two],
  ["", [two[0], { name: "attention_mask", shape: [-1, 784], dtype: "bool" }]],
] as const)
  check(modelInput, onnx(`"t.onnx"${rest}`), { files: { ...mnistFiles, "t.onnx": { inputs } as never } });
check(modelInput, onnx(`"t.onnx", "inputs": ▸{ "y": "tokens", "x": "sample" }◂`), {
  files: { ...mnistFiles, "t.onnx": { inputs: two } },
  message: /the inputs "x", "y" would all take the sample/,
});
// Images are brought to another size, that of the model or one that it is said to take; their channels stay.
check(modelInput, onnx(`"t.onnx"`), { files: taking(-1, 1, 224, 224) });
check(modelInput, onnx(`"t.onnx", "size": [64, 64]`), { files: taking(-1, 1, -1, -1) });
check(modelInput, onnx(`▸"t.onnx"◂, "size": [64, 64]`), { files: taking(-1, 1, 224, 224) });
check(modelInput, onnx(`▸"t.onnx"◂`), { files: taking(-1, 3, 224, 224) });
const typed = (dtype: string) => ({
  ...mnistFiles,
  "t.onnx": { inputs: [{ name: "x", shape: [-1, 784], dtype }] },
});
check(modelInput, onnx(`▸"t.onnx"◂`), {
  files: typed("string"),
  message:
    /^The teacher's input "x" has the type string; expected one of float32, float64, .*, bool\. Store what the model says in Python/,
});
check(modelInput, onnx(`"t.onnx"`), { files: typed("unknown") });

// TensorFlow.js models, of teacher and student alike.
const nets = (teacher: string, student: string) =>
  `{ "data": { "train": ${mnist} }, "teacher": { "type": "tfjs", "path": ${teacher} }, "student": { "model": ${student} } }`;
const both = (...shape: number[]) => {
  const inputs = [{ name: "x", shape }];
  return { ...mnistFiles, t: { inputs }, s: { inputs } };
};
check(modelInput, nets(`▸"t"◂`, `▸"s"◂`), {
  files: both(-1, 1, 5),
  message: /^The teacher takes samples of \[1, 5\], the data has \[28, 28, 1\]\.$/,
});
check(modelInput, `{ "data": { "train": ${mnist} }, "student": { "model": ▸"s"◂ } }`, {
  files: both(-1, 5),
  message: /^The student takes samples of \[5\]/,
});
for (const shape of [[-1, 784], [28, 28, 1], [-1], [-1, -1, 3], [5, 0]])
  check(modelInput, nets(`"t"`, `"s"`), { files: both(...shape) });
check(modelInput, nets(`▸"t"◂`, `▸"s"◂`), { files: both(784, 2) });
const several = { ...both(-1, 5), s: { inputs: [{ name: "x", shape: [-1, 5] }, ...two.slice(1)] } };
check(modelInput, nets(`▸"t"◂`, `"s"`), { files: several });
const { x: _, ...unknown } = both(-1, 5);
check(modelInput, nets(`"t"`, `"s"`), { files: unknown });
check(modelInput, `{ "data": { "train": ${mnist} }, "student": { "model": "s" } }`, { files: mnistFiles });

// Of pipelines of scikit-learn each input is a column of the table.
const table = (columns: readonly string[]) => ({
  "t.csv": {
    count: 9,
    shape: [columns.length],
    columnFacts: columns.map((name) => ({ name, as: name === "town" ? "category" : "number" })),
  },
  "t.onnx": { inputs: ["age", "income"].map((name) => ({ name, shape: [-1, 1], dtype: "float32" })) },
});
const ofTable = (path: string) =>
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": "y" } }, "teacher": { "type": "onnx", "path": ${path} } }`;
check(modelInput, ofTable(`"t.onnx"`), { files: table(["income", "weight", "age", "town"]) });
check(modelInput, ofTable(`▸"t.onnx"◂`), {
  files: table(["income", "weight", "town"]),
  message: /It takes each column of a table by itself: call one of numbers "age" in the data, or store/,
});
