import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { noLabel } from "./noLabel.ts";

const files = { ...mnistFiles, y: { ...mnistFiles.y, unlabelled: 3, firstUnlabelled: 12 } };
const marked = mnist.replace('"y"', '▸"y"◂');

check(noLabel, `{ "data": { "train": ${mnist}, "test": ${marked} } }`, {
  files,
  message: /^3 samples in data\.test have no label, sample 12 first/,
  severity: "error",
});
check(noLabel, `{ "data": { "train": ${mnist}, "validation": ${marked} } }`, { files });
check(
  noLabel,
  `{ "teacher": { "type": "layers", "preset": "mlp", "hidden": [4], "train": { "data": ${marked} } } }`,
  { files },
);
check(noLabel, `{ "data": { "train": ${mnist} } }`, { files });

// One of them; and where the file does not say which.
const lacking = (facts: object) => ({ ...mnistFiles, y: { ...mnistFiles.y, ...facts } });
check(noLabel, `{ "data": { "train": ${mnist}, "validation": ${marked} } }`, {
  files: lacking({ unlabelled: 1, firstUnlabelled: 4 }),
  message: /^1 sample in data\.validation has no label, sample 4\. Only the student's/,
});
check(noLabel, `{ "data": { "train": ${mnist}, "test": ${marked} } }`, {
  files: lacking({ unlabelled: 2 }),
  message: /^2 samples in data\.test have no label\. Only the student's .* −1 says that there is none\.$/,
});
check(noLabel, `{ "data": { "test": { "type": "csv", "path": ▸"t.csv"◂, "label": 0 } } }`, {
  files: { "t.csv": { unlabelled: 2 } },
});
check(
  noLabel,
  `{ "teacher": { "type": "layers", "preset": "mlp", "hidden": [4], "train": { "data": { "type": "csv", "path": ▸"t.csv"◂, "label": 0 } } } }`,
  { files: { "t.csv": { unlabelled: 2 } }, message: /^2 samples in teacher\.train\.data/ },
);
