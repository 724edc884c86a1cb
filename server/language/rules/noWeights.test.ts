import { check } from "../../../test/support/checkRule.ts";
import { noWeights } from "./noWeights.ts";

const data = '"data": { "train": { "type": "csv", "path": "t.csv", "label": 0 } }';
const files = { "t.csv": { count: 10, shape: [2], classes: 2 } };
const relu = '{ "type": "activation", "activation": "relu" }';

check(noWeights, `{ ${data}, ▸"student"◂: { "layers": [${relu}] } }`, { files, severity: "error" });
check(noWeights, `{ ${data}, ▸"teacher"◂: { "type": "layers", "layers": [${relu}] } }`, { files });
check(noWeights, `{ ${data}, "student": { "layers": [${relu}, { "type": "dense", "units": 2 }] } }`, {
  files,
});
check(noWeights, `{ ${data}, "student": { "layers": [{ "type": "dense" }] } }`, { files });
check(noWeights, `{ ${data}, "student": { "layers": [${relu}] } }`);
// The averages of a norm are not learned.
const norm = (more: string) => `{ "type": "batchNormalization"${more} }`;
check(noWeights, `{ ${data}, ▸"student"◂: { "layers": [${norm(', "center": false, "scale": false')}] } }`, {
  files,
});
check(noWeights, `{ ${data}, "student": { "layers": [${norm("")}] } }`, { files });

// Of averages alone nothing is trained, whoever chooses them.
const chosen = (student: string, stage = "") =>
  `{ ${data}, "student": { "layers": [{ "type": "dense", "units": 2 }, { "type": "batchNormalization", "name": "n" }]${student} }, "stages": [{ "name": "a"${stage} }] }`;
const isSaid = {
  files,
  severity: "error",
  message: /^Matches averages of norms alone, so there is/,
} as const;
check(noWeights, chosen("", ', "trainable": ▸["n.moving*", "n.movingMean"]◂'), isSaid);
check(noWeights, chosen(', "trainable": ▸["*.movingMean"]◂', ', "trainable": ["n.gamma"]'), isSaid);
check(noWeights, chosen("", ', "trainable": ["n.moving*", "n.gamma"]'), { files });
const own = (names: string) => `{ "student": { "model": "s.onnx", "trainable": ${names} } }`;
const facts = { "s.onnx": { weights: ["fc", "mean"], averages: ["mean"] } };
check(noWeights, own('▸["mean"]◂'), { ...isSaid, files: facts });
check(noWeights, own('["mean", "meen"]'), { files: facts });
check(noWeights, own('["fc"]'), { files: facts });
