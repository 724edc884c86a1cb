import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { swappedRoles } from "./swappedRoles.ts";

const data = `"data": { "train": ${mnist} }`;
const small = `[{ "type": "flatten" }, { "type": "dense", "units": 10 }]`;
const large = `[{ "type": "flatten" }, { "type": "dense", "units": 99 }, { "type": "dense", "units": 10 }]`;

check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "layers", "layers": ${small}, "train": {} }, ▸"student"◂: { "layers": ${large} } }`,
  {
    files: mnistFiles,
    // 784 · 99 + 99 + 99 · 10 + 10, and 784 · 10 + 10
    message: /larger than its teacher \(7\u202f850 parameters\)/,
    severity: "warning",
    fixed: `"teacher": { "type": "layers", "layers": ${large}, "train": {} }, "student": { "layers": ${small} }`,
  },
);
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "layers", "preset": "mlp", "train": {}, "hidden": [8] }, ▸"student"◂: { "layers": ${large} } }`,
  {
    files: mnistFiles,
    fixed: `"teacher": { "type": "layers", "layers": ${large}, "train": {} }, "student": { "preset": "mlp", "hidden": [8] }`,
  },
);
check(swappedRoles, `{ "teacher": { "type": "tfjs", "path": "a" }, ▸"student"◂: { "model": "b" } }`, {
  files: { a: { parameters: 10 }, b: { parameters: 20 } },
  fixed: `{ "type": "tfjs", "path": "b" }, "student": { "model": "a" }`,
});
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "onnx", "path": "a" }, ▸"student"◂: { "layers": ${large} } }`,
  {
    files: { ...mnistFiles, a: { parameters: 10 } },
    message: /is larger than its teacher \(10 parameters\): nothing becomes smaller\.$/,
  },
);
// A forest has no parameters, rather than 0.
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "onnx", "path": "a" }, "student": { "layers": ${large} } }`,
  {
    files: { ...mnistFiles, a: { learned: { trees: 100, treeNodes: 4312 } } },
  },
);
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "layers", "layers": ${large} }, "student": { "layers": ${small} } }`,
  {
    files: mnistFiles,
  },
);
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "onnx", "path": "a" }, "student": { "layers": ${large} } }`,
);
