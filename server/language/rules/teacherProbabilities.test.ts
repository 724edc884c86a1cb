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

// The output that is named counts, not the first one.
const several = {
  "t.onnx": {
    endsInSoftmax: true,
    outputs: [
      { name: "p", shape: [-1, 3], probabilities: true },
      { name: "z", shape: [-1, 3] },
    ],
  },
};
const naming = (output: string, path = `"t.onnx"`) =>
  `{ "teacher": { "type": "onnx", "path": ${path}, "output": "${output}" } }`;
check(teacherProbabilities, naming("z"), { files: several });
check(teacherProbabilities, naming("p", `▸"t.onnx"◂`), { files: several });
