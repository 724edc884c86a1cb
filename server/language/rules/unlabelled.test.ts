import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { unlabelled } from "./unlabelled.ts";

const more = `"unlabelled": { "type": "idx", "images": "more" }`;
const data = `"train": ${mnist}, ${more}`;

check(
  unlabelled,
  `{ "data": { "train": ${mnist}, ▸"unlabelled"◂: { "type": "idx", "images": "m" } }, "losses": [{ "type": "ce" }, { "type": "dkd" }] }`,
  {
    message: /every loss is of the labels/,
    severity: "error",
  },
);
check(unlabelled, `{ "data": { ${data} }, "losses": [{ "type": "ce" }, { "type": "kd" }] }`);
check(unlabelled, `{ "data": { ${data} } }`);
check(
  unlabelled,
  `{ "data": { "train": ${mnist.replace('"y"', '▸"y"◂')} }, "losses": [{ "type": "labelSmoothing" }] }`,
  {
    files: { ...mnistFiles, y: { ...mnistFiles.y, unlabelled: 7 } },
    message: /^7 samples have no label, and every loss/,
  },
);
check(unlabelled, `{ "data": { "train": ${mnist} }, "losses": [{ "type": "ce" }] }`, { files: mnistFiles });
check(unlabelled, `{ "data": { ${data}, "augment": [{ "type": ▸"mixup"◂, "alpha": 0.2 }] } }`, {
  message: /blends the labels/,
});
check(
  unlabelled,
  `{ "data": { ${data} }, "losses": [{ "type": ▸"crd"◂, "student": "a", "teacher": "b" }] }`,
  {
    message: /otherSamples/,
  },
);
check(
  unlabelled,
  `{ "data": { ${data} }, "losses": [{ "type": "crd", "student": "a", "teacher": "b", "negativesFrom": "otherSamples" }] }`,
);

const share = (value: string) =>
  `{ "data": { "train": ${mnist}, "batchSize": 8, "unlabelled": { "type": "idx", "images": "m", "share": ${value} } } }`;
check(unlabelled, share("▸0.01◂"), { message: /leaves no sample without a label/, severity: "error" });
check(unlabelled, share("▸0.99◂"), { message: /leaves no sample with a label/ });
check(unlabelled, share("0.5"));
