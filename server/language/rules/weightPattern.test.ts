import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { weightPattern } from "./weightPattern.ts";

const of = (rest: string) =>
  `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": 9, "name": "body" }, { "type": "dense", "units": 10, "name": "head" }], ${rest} } }`;

check(weightPattern, of(`"trainable": ["head.*", "*.bias"], "learningRates": { "head.kernel": 10 }`), {
  files: mnistFiles,
});
check(weightPattern, of(`"trainable": ["head.*", ▸"haed.*"◂]`), {
  files: mnistFiles,
  message:
    /^No weight of the student matches "haed\.\*"\. Its weights are body\.kernel, body\.bias, head\.kernel, head\.bias\.$/,
  severity: "error",
  fixed: `["head.*", "head.*"]`,
});
check(weightPattern, of(`"learningRates": { ▸"tail.*"◂: 2 }`), { files: mnistFiles });
check(weightPattern, of(`"weightDecays": { ▸"kernel"◂: 0 }`), { files: mnistFiles });

const fromFile = (pattern: string) => `{ "student": { "model": "s.onnx", "trainable": [${pattern}] } }`;
const files = { "s.onnx": { weights: ["fc.weight", "layer1.0.conv1.weight"] } };
check(weightPattern, fromFile(`"layer1.*"`), { files });
check(weightPattern, fromFile(`▸"layer2.*"◂`), { files, fixed: `"layer1.*"` });
// Of a file that is not known nothing is said.
check(weightPattern, fromFile(`"layer2.*"`), { files: { "s.onnx": {} } });
