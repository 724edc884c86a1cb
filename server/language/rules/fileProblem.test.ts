import { check, mnist } from "../../../test/support/checkRule.ts";
import { fileProblem } from "./fileProblem.ts";

check(fileProblem, `{ "data": { "train": { "type": "idx", "images": ▸"x"◂, "labels": "y" } } }`, {
  files: { x: "There is no file x.", y: { classes: 10 } },
  message: /no file x/,
  severity: "error",
});
check(fileProblem, `{ "data": { "train": ${mnist} }, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files: { "t.onnx": "t.onnx is not an ONNX model." },
});
// A file that nobody has looked at is not missing.
check(fileProblem, `{ "data": { "train": ${mnist} } }`);
