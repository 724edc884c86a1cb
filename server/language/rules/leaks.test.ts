import { check, mnist } from "../../../test/support/checkRule.ts";
import { leaks } from "./leaks.ts";

const others = '{ "type": "idx", "images": "x2", "labels": "y2" }';
const again = '{ "type": "idx", "images": "./x", "labels": "y" }';

check(leaks, `{ "data": { "train": ${mnist}, ▸"test"◂: ${again} } }`, {
  severity: "warning",
  message: /^The test samples are the training samples, too\./,
});
check(leaks, `{ "data": { "train": ${mnist}, "validation": { "split": 0.1 }, "test": ${others} } }`);
check(leaks, `{ "data": { "train": ${mnist}, ▸"validation"◂: ${again} } }`, {
  severity: "warning",
  fixed: '"validation": { "split": 0.1 }',
});
// The test split would be what the best student is chosen by.
check(leaks, `{ "data": { "train": ${mnist}, "validation": ${others}, ▸"test"◂: ${others} } }`, {
  severity: "error",
  message: /^The test samples are the validation samples, which the best student is chosen by, too\./,
  fixed: '"validation": { "split": 0.1 }',
});
check(
  leaks,
  `{ "data": { "train": ${mnist}, ▸"test"◂: ${others} },
     "teacher": { "type": "layers", "layers": [], "train": { "data": ${others}, "epochs": 2 } } }`,
  { severity: "warning", fixed: '"train": { "epochs": 2 }' },
);
check(
  leaks,
  `{ "data": { "train": ${mnist}, "unlabelled": { "type": "idx", "images": "x2" }, ▸"test"◂: ${others} } }`,
  { severity: "warning", message: /^The test samples are the training samples without labels, too\./ },
);
// Two pairs of arrays out of one archive, and two parts of one file.
const npz = (part: string) =>
  `{ "type": "npz", "path": "d.npz", "features": "x_${part}", "labels": "y_${part}" }`;
check(leaks, `{ "data": { "train": ${npz("train")}, "test": ${npz("test")} } }`);
const skipping = '{ "type": "idx", "images": "x", "labels": "y", "skip": 100 }';
check(leaks, `{ "data": { "train": ${mnist}, "test": ${skipping} } }`);

const leak = {
  of: "test",
  message: "3 of 10 test samples are among them: 1, 2, 7.",
  hint: "Leave them out.",
} as const;
// What the samples hold decides where they have been read, whatever the files are called.
check(leaks, `{ "data": { "train": ${mnist}, "test": ${again} } }`, { samples: { facts: {} } });
check(leaks, `{ "data": { "train": ${mnist}, ▸"test"◂: ${others} } }`, {
  samples: { facts: { leaks: [{ ...leak, code: "test-in-train", severity: "warning" }] } },
  severity: "warning",
  message: /^3 of 10 test samples are among them: 1, 2, 7\. Leave them out\.$/,
});
