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
  message: /"x" takes whole numbers \(uint8\)/,
  fixed: `"path": "t.onnx", "normalize": { "scale": 1 } }`,
});
check(modelInput, bytes(`, "normalize": { "mean": 3 }`, `▸"t.onnx"◂`), { files: whole });
check(modelInput, bytes(`, "normalize": { "scale": 1, "mean": [0], "std": 1 }`), { files: whole });
check(modelInput, bytes(""), {
  files: { ...whole, "t.onnx": { ...whole["t.onnx"], card: { normalizes: true } } },
});
