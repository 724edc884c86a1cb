import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { countMismatch } from "./countMismatch.ts";

const short = { ...mnistFiles, y: { ...mnistFiles.y, count: 10_000 } };
const marked = mnist.replace('"y"', '▸"y"◂');

check(countMismatch, `{ "data": { "train": ${marked} } }`, {
  files: short,
  message: /10,000 labels for 60,000 samples/,
  severity: "error",
});
check(countMismatch, `{ "data": { "test": ${marked}, "validation": ${marked} } }`, { files: short });
check(
  countMismatch,
  `{ "teacher": { "type": "layers", "preset": "mlp", "hidden": [4], "train": { "data": ${marked} } } }`,
  { files: short },
);
check(countMismatch, `{ "data": { "train": { "type": "idx", "labels": ▸"y"◂, "images": "x" } } }`, {
  files: short,
});
check(countMismatch, `{ "data": { "train": ${mnist} } }`, { files: mnistFiles });
check(countMismatch, `{ "data": { "train": ${mnist} } }`, { files: { x: mnistFiles.x } });
check(countMismatch, `{ "data": { "train": { "type": "csv", "path": "x", "label": 0 } } }`, { files: short });
