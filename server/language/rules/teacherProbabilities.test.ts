import { check } from "../../../test/support/checkRule.ts";
import { teacherProbabilities } from "./teacherProbabilities.ts";

const files = { "t.onnx": { endsInSoftmax: true }, "u.onnx": { endsInSoftmax: false } };

check(teacherProbabilities, `{ "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files,
  fixed: `"path": "t.onnx", "outputs": "probabilities" }`,
  severity: "warning",
});
check(
  teacherProbabilities,
  `{ "teacher": { "type": "onnx", "path": "t.onnx", "outputs": "probabilities" } }`,
  { files },
);
check(teacherProbabilities, `{ "teacher": { "type": "onnx", "path": "u.onnx" } }`, { files });
