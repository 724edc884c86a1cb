import { check } from "../../../test/support/checkRule.ts";
import { teacherProbabilities } from "./teacherProbabilities.ts";

const files = {
  "t.onnx": { endsInSoftmax: true },
  "u.onnx": { endsInSoftmax: false },
  t: { endsInSoftmax: true },
  exported: { endsInSoftmax: true, card: { output: "probabilities" as const } },
};
const onnx = (rest: string, path = "t.onnx") => `{ "teacher": { "type": "onnx", "path": "${path}"${rest} } }`;

check(teacherProbabilities, onnx(`, "outputs": ▸"logits"◂`), {
  files,
  fixed: `"path": "t.onnx", "outputs": "probabilities" }`,
  severity: "warning",
});
check(teacherProbabilities, onnx(`, "outputs": "logits"`, "u.onnx"), { files });
// What an ONNX model gives is noticed.
check(teacherProbabilities, onnx(""), { files });
check(teacherProbabilities, onnx(`, "outputs": "auto"`), { files });
check(teacherProbabilities, onnx(`, "outputs": "probabilities"`), { files });

const tfjs = (rest: string) => `{ "teacher": { "type": "tfjs", "path": ${rest} } }`;
check(teacherProbabilities, tfjs(`▸"t"◂`), { files, fixed: `"path": "t", "outputs": "probabilities" }` });
check(teacherProbabilities, tfjs(`"t", "outputs": "probabilities"`), { files });
check(teacherProbabilities, tfjs(`"exported"`), { files });

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
const naming = (output: string, said = `"logits"`) => onnx(`, "output": "${output}", "outputs": ${said}`);
check(teacherProbabilities, naming("z"), { files: several });
check(teacherProbabilities, naming("p", `▸"logits"◂`), { files: several });
