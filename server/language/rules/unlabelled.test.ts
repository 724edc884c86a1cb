import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { unlabelled } from "./unlabelled.ts";

const more = `"unlabelled": { "type": "idx", "images": "more" }`;
const data = `"train": ${mnist}, ${more}`;

check(
  unlabelled,
  `{ "data": { "train": ${mnist}, ▸"unlabelled"◂: { "type": "idx", "images": "m" } }, "losses": [{ "type": "ce" }, { "type": "dkd" }] }`,
  {
    message: /every loss needs labels/,
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
check(unlabelled, share("▸0.01◂"), { message: /gives no sample without a label/, severity: "error" });
check(unlabelled, share("▸0.99◂"), { message: /gives no sample with a label/ });
check(unlabelled, share("0.5"));
check(unlabelled, share('"half"'));

// In a batch of its own share, a sample may be twice, which the memory of `crd` does not bear.
const shared = (value: string, losses: string) => share(value).replace(/ }$/, `, "losses": [${losses}] }`);
const crd = `{ "type": "crd", "student": "a", "teacher": "b", "negativesFrom": "otherSamples" }`;
check(unlabelled, shared("▸0.5◂", `{ "type": "kd" }, ${crd}`), {
  message: /^`crd` needs each sample at most once in a batch, and with a share/,
  severity: "error",
});
check(unlabelled, shared('"half"', `{ "type": "kd" }, ${crd}`));

// What is said, of one sample and of several; a list without losses says nothing yet.
check(unlabelled, `{ "data": { "train": ${mnist}, ▸"unlabelled"◂: {} }, "losses": [{ "type": "ce" }] }`, {
  message: /^These samples have no labels, and every loss needs labels\. Add a loss/,
});
check(
  unlabelled,
  `{ "data": { "train": { "type": "csv", "path": ▸"t.csv"◂, "label": 0 } }, "losses": [{ "type": "ce" }] }`,
  { files: { "t.csv": { unlabelled: 1 } }, message: /^1 sample has no label, and every loss/ },
);
check(unlabelled, `{ "data": { ${data} }, "losses": [] }`);
check(unlabelled, `{ "data": { ${data}, "augment": [{ "type": "flip" }] } }`);
check(
  unlabelled,
  `{ "data": { ${data} }, "losses": [{ "type": "crd", "student": "a", "teacher": "b", "negativesFrom": ▸"otherClasses"◂ }] }`,
);
