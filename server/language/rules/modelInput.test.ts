import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { modelInput } from "./modelInput.ts";

const onnx = (path: string) =>
  `{ "data": { "train": ${mnist} }, "teacher": { "type": "onnx", "path": ${path} } }`;
const taking = (...shape: number[]) => ({ ...mnistFiles, "t.onnx": { inputs: [{ name: "x", shape }] } });

check(modelInput, onnx(`▸"t.onnx"◂`), {
  files: taking(-1, 3, 224, 224),
  message: /teacher takes samples of \[3, 224, 224\], the data has \[28, 28, 1\]/,
  severity: "error",
});
// Channels first or last, flat or not: as many values are as many values.
check(modelInput, onnx(`"t.onnx"`), { files: taking(-1, 1, 28, 28) });
check(modelInput, onnx(`"t.onnx"`), { files: taking(-1, 784) });
check(modelInput, onnx(`"t.onnx"`), { files: taking(-1, 3, -1, -1) });
check(modelInput, onnx(`"t.onnx"`));
check(modelInput, `{ "data": { "train": ${mnist} }, "student": { "model": ▸"m.json"◂ } }`, {
  files: { ...mnistFiles, "m.json": { inputs: [{ name: "x", shape: [-1, 32, 32, 3] }] } },
});
// One sample at a time, without a batch.
check(modelInput, onnx(`"t.onnx"`), { files: taking(28, 28, 1) });
