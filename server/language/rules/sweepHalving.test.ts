import { check } from "../../../test/support/checkRule.ts";
import { sweepHalving } from "./sweepHalving.ts";

const sweep = (keys: string) => `"sweep": { "parameters": { "temperature": [1, 2] }${keys} }`;
const validated = `"data": { "validation": { "split": 0.1 } }`;

check(sweepHalving, `{ ${validated}, ${sweep(`, "method": "halving", "eta": 2, "rung": 4`)} }`);
check(sweepHalving, `{ ${validated}, ${sweep("")} }`);
check(sweepHalving, `{ ${validated}, ${sweep(`, "method": "asha", "eta": 2, "rung": 4`)} }`);
check(sweepHalving, `{ "data": {}, ${sweep(`, "method": ▸"asha"◂`)} }`, {
  message: /^`asha` compares combinations on validation/,
});
check(sweepHalving, `{ "data": {}, ${sweep(`, "method": ▸"halving"◂`)} }`, {
  severity: "error",
  message: /compares combinations on validation/,
  fixed: `"validation": { "split": 0.1 }`,
});
check(sweepHalving, `{ ${validated}, ${sweep(`, "method": "random", ▸"eta"◂: 2`)} }`, {
  severity: "warning",
  message: /`eta` counts only with `"method": "halving"` or `"asha"`/,
});

// 1 000 samples in batches of 100: ten steps an epoch.
const halved = (training: string, rung: string) =>
  `{ "data": { "train": { "type": "idx", "images": "x", "labels": "y" }, "batchSize": 100, "validation": ${other} },
    "training": { ${training} }, ${sweep(`, "method": "halving", ${rung}`)} }`;
const other = `{ "type": "idx", "images": "v", "labels": "w" }`;
const files = { files: { x: { count: 1000 } } };
check(sweepHalving, halved(`"epochs": 9, "evaluateEvery": 20`, `"rung": 2`), files);
check(sweepHalving, halved(`"epochs": 9, "evaluateEvery": ▸21◂`, `"rung": 2`), {
  ...files,
  severity: "error",
  message:
    /^Runs are first compared after 20 steps \(`rung`\), and validation is first evaluated after 21\.$/,
  fixed: `"evaluateEvery": 20`,
});
check(sweepHalving, halved(`"epochs": 9, "evaluateEvery": 21`, `"rung": 2`));
check(sweepHalving, halved(`"epochs": 2`, `"rung": ▸2◂`), {
  severity: "warning",
  message: /^Training ends after 2 epochs, and runs are first compared after 2: none is halved\.$/,
});
check(sweepHalving, halved(`"epochs": 1`, `"method": ▸"halving"◂`).replace(`"method": "halving", `, ""), {
  message: /^Training ends after 1 epoch, and runs are first compared after 1: none is halved\.$/,
});
