import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { ensemble } from "./ensemble.ts";

const teachers = (...members: string[]) =>
  `"teacher": { "type": "ensemble", "teachers": [${members.join(", ")}] }`;
const a = '{ "type": "onnx", "path": "a.onnx" }';
const data = (more = "") => `"data": { "train": ${mnist}${more} }`;

check(ensemble, `{ ${data()}, ${teachers(a, a)} }`);
check(ensemble, `{ "teacher": { "type": "ensemble", "teachers": [${a}, ${a}], "weights": ▸[1, 2, 3]◂ } }`, {
  severity: "error",
  message: /^There are 3 weights, but 2 teachers/,
});
check(ensemble, `{ "teacher": { "type": "ensemble", "teachers": [${a}, ${a}], "weights": [1, 2] } }`);
check(ensemble, `{ ${teachers(a, a)}, "losses": [{ "type": "hint", "student": "x", "teacher": ▸"y"◂ }] }`, {
  severity: "error",
  message: /an ensemble has none/,
});
// What is said of a teacher that stands alone is said of each, also within another ensemble.
const b = '{ "type": "onnx", "path": ▸"b.onnx"◂ }';
const files = { ...mnistFiles, "b.onnx": { outputs: [{ name: "y", shape: [-1, 9], dtype: "float32" }] } };
check(ensemble, `{ ${data()}, ${teachers(a, b)} }`, { files, message: /has 9 classes/ });
check(ensemble, `{ ${data()}, ${teachers(a, `{ "type": "ensemble", "teachers": [${a}, ${b}] }`)} }`, {
  files,
  message: /has 9 classes/,
});
// Each is fed as it says itself, whatever the others say.
const bytes = { ...mnistFiles, b: { inputs: [{ name: "x", shape: [-1, 784], dtype: "uint8" }] } };
const fed = (path: string, rest = "") => `{ "type": "onnx", "path": ${path}${rest} }`;
check(
  ensemble,
  `{ ${data(', "normalize": { "scale": 0.1 }')}, ${teachers(fed('"b"', ', "normalize": { "scale": 1 }'), fed('▸"b"◂'))} }`,
  { files: bytes, message: /takes integers \(uint8\)/ },
);
const t = '{ "type": "outputs", "train": "t.npz" }';
check(ensemble, `{ ${data(', ▸"augment"◂: [{ "type": "shift", "pixels": 2 }]')}, ${teachers(t, a, t)} }`, {
  severity: "error",
  fixes: ["Remove `augment`"],
});
check(ensemble, `{ ${data(', "augment": [{ "type": "shift", "pixels": 2 }]')}, ${teachers(a, a)} }`);
check(
  ensemble,
  `{ ${data()}, ${teachers(a, '{ "type": "outputs", "train": "t.npz", "test": ▸"t.npz"◂ }')} }`,
  {
    severity: "warning",
    message: /There is no `data\.test`/,
  },
);
