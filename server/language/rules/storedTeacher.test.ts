import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { storedTeacher } from "./storedTeacher.ts";

const stored = (more = "") => `"teacher": { "type": "outputs", "train": "t.npz"${more} }`;
const data = (more = "") => `"data": { "train": ${mnist}${more} }`;

check(storedTeacher, `{ ${data()}, ${stored()}, "losses": [{ "type": "kd" }, { "type": "ce" }] }`);
check(storedTeacher, `{ ${data()}, "teacher": { "type": "onnx", "path": "t.onnx" } }`);
check(
  storedTeacher,
  `{ ${data()}, ${stored()}, "losses": [{ "type": "hint", "student": "a", "teacher": ▸"b"◂ }] }`,
  {
    severity: "error",
    message: /^The loss hint compares layers of the teacher, and stored outputs have none/,
  },
);
check(storedTeacher, `{ ${data(', ▸"augment"◂: [{ "type": "shift", "pixels": 2 }]')}, ${stored()} }`, {
  severity: "error",
  fixes: ["Remove `augment`"],
});
check(storedTeacher, `{ ${data(', "augment": []')}, ${stored()} }`);
check(storedTeacher, `{ ${data()}, ${stored(', "test": ▸"x.npz"◂')} }`, {
  severity: "warning",
  message: /^There is no `data\.test`: these are not used\.$/,
  fixed: '{ "type": "outputs", "train": "t.npz" }',
});
check(
  storedTeacher,
  `{ ${data(', "validation": { "split": 0.1 }')}, ${stored(', "validation": ▸"v.npz"◂')} }`,
  {
    severity: "warning",
    message: /a part of the training samples, whose outputs are in `train`/,
  },
);
check(
  storedTeacher,
  `{ ${data(', "unlabelled": { "type": "idx", "images": "x" }')}, ▸"teacher"◂: { "type": "outputs", "train": "t.npz" } }`,
  { severity: "error", message: /no outputs of them/ },
);
// Of samples that are too large to be read the headers tell how many there are.
const rows = (count: number, classes = 10) => ({ ...mnistFiles, "t.npz": { count, shape: [classes] } });
const count = Number(mnistFiles.x.count);
check(storedTeacher, `{ ${data()}, ${stored()} }`, { files: rows(count) });
check(storedTeacher, `{ ${data()}, "teacher": { "type": "outputs", "train": ▸"t.npz"◂ } }`, {
  files: rows(count - 1),
  message: /^There are [\d,]+ rows for [\d,]+ samples. Give one row per sample, in their order\.$/,
});
check(storedTeacher, `{ ${data()}, "teacher": { "type": "outputs", "train": ▸"t.npz"◂ } }`, {
  files: rows(10, count),
  message: /with the samples last\. Store its transpose/,
});
const part = '{ "type": "idx", "images": "x", "labels": "y", "skip": 10, "take": 5 }';
for (const count of [5, Number(mnistFiles.x.count)])
  check(storedTeacher, `{ "data": { "train": ${part} }, ${stored()} }`, { files: rows(count) });
// What the trainer says of them stands where it is about.
const found = (at: readonly string[], severity: "error" | "warning") => ({
  samples: { facts: { stored: [{ code: "not-finite", severity, message: "It is odd.", at: [...at] }] } },
});
check(storedTeacher, `{ ${data()}, "teacher": { "type": "outputs", "train": ▸"t.npz"◂ } }`, {
  ...found(["teacher", "train"], "error"),
  severity: "error",
});
check(storedTeacher, `{ ${data()}, ▸"teacher"◂: { "type": "outputs", "train": "t.npz" } }`, {
  ...found(["teacher"], "warning"),
  severity: "warning",
});
