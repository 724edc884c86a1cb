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
    message: /larger than its teacher \(7,850 parameters\)/,
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
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "layers", "preset": "mlp", "hidden": [8], "dropout": 0.1, "train": {} },
    ▸"student"◂: { "preset": "mlp", "hidden": [9], "activation": "tanh" } }`,
  {
    files: mnistFiles,
    fixed: `"teacher": { "type": "layers", "preset": "mlp", "hidden": [9], "activation": "tanh", "train": {} },
    "student": { "preset": "mlp", "hidden": [8], "dropout": 0.1 }`,
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
// A stack of a forest and a regression has both.
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "onnx", "path": "a" }, "student": { "layers": ${large} } }`,
  {
    files: { ...mnistFiles, a: { parameters: 42, learned: { trees: 10, treeNodes: 500 } } },
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
// As large as its teacher.
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "layers", "layers": ${small} }, "student": { "layers": ${small} } }`,
  { files: mnistFiles },
);
// How the teacher is trained and read is said of the teacher.
const around = `"normalize": "fit", "outputs": "logits", "train": {}`;
check(
  swappedRoles,
  `{ ${data}, "teacher": { "type": "layers", ${around}, "layers": ${small} }, ▸"student"◂: { "layers": ${large} } }`,
  {
    files: mnistFiles,
    message: /\. Swapped\?$/,
    fixed: `"teacher": { "type": "layers", ${around}, "layers": ${large} }, "student": { "layers": ${small} }`,
  },
);
// A file cannot change places with a net that is written out, nor with one of another kind.
const fileNets = (teacher: string, student: string) =>
  `{ ${data}, "teacher": { ${teacher} }, ▸"student"◂: { ${student} } }`;
const sized = { ...mnistFiles, a: { parameters: 10 }, b: { parameters: 100_000 } };
for (const [teacher, student] of [
  [`"type": "tfjs", "path": "a"`, `"layers": ${large}`],
  [`"type": "onnx", "path": "a"`, `"layers": ${large}`],
  [`"type": "onnx", "path": "a"`, `"model": "b"`],
  [`"type": "layers", "layers": ${small}`, `"model": "b"`],
] as const)
  check(swappedRoles, fileNets(teacher, student), { files: sized, fixes: [] });
