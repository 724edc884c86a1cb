import { check } from "../../../test/support/checkRule.ts";
import { teacherNormalize } from "./teacherNormalize.ts";

const files = { "own.onnx": { card: { normalizes: true } }, "bare.onnx": { card: { normalizes: false } } };
const teacher = (path: string, normalize: string) =>
  `{ "teacher": { "type": "onnx", "path": "${path}", "normalize": ${normalize} } }`;

check(teacherNormalize, teacher("own.onnx", `▸{ "scale": 0.5 }◂`), {
  files,
  fixed: `{ "teacher": { "type": "onnx", "path": "own.onnx" } }`,
});
check(teacherNormalize, teacher("own.onnx", `▸{ "scale": 1, "mean": [0, 0.5] }◂`), { files });
check(teacherNormalize, teacher("own.onnx", `{ "scale": 1, "mean": [0, 0], "std": 1 }`), { files });
check(teacherNormalize, teacher("bare.onnx", `{ "scale": 0.5 }`), { files });
check(teacherNormalize, `{ "teacher": { "type": "onnx", "path": "own.onnx" } }`, { files });
check(teacherNormalize, teacher("own.onnx", `{ "std": 1 }`), { files });
check(teacherNormalize, teacher("own.onnx", `▸{ "mean": [] }◂`), { files, fixes: ["Remove `normalize`"] });
