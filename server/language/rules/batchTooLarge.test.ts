import { check, mnist } from "../../../test/support/checkRule.ts";
import { batchTooLarge } from "./batchTooLarge.ts";

const files = { x: { count: 100 } };

check(batchTooLarge, `{ "data": { "train": ${mnist}, "batchSize": ▸256◂ } }`, {
  files,
  message: /batch \(256\) is larger than the training data \(100 samples\)/,
  fixed: `"batchSize": 100`,
  severity: "warning",
});
check(batchTooLarge, `{ "data": { ▸"train"◂: ${mnist} } }`, { files });
check(
  batchTooLarge,
  `{ "data": { "train": ${mnist}, "batchSize": ▸100◂, "validation": { "split": 0.1 } } }`,
  {
    files,
    fixed: `"batchSize": 90`,
  },
);
check(batchTooLarge, `{ "data": { "train": ${mnist}, "batchSize": ▸101◂, "dropRemainder": true } }`, {
  files,
  severity: "error",
});
check(batchTooLarge, `{ "data": { "train": ${mnist}, "batchSize": 100 } }`, { files });
check(batchTooLarge, `{ "data": { "train": ${mnist}, "batchSize": 256 } }`);
check(batchTooLarge, `{ "data": { "train": ${mnist}, "batchSize": 256 } }`, { files: { x: { count: 0 } } });
check(
  batchTooLarge,
  `{ "data": { "train": ${mnist}, "batchSize": ▸101◂, "validation": { "split": 1e308 } } }`,
  { files, fixed: `"batchSize": 100` },
);

const accumulated = (count: string, more = "") =>
  `{ "data": { "train": ${mnist}, "batchSize": 30${more} }, "training": { "accumulate": ${count} } }`;
check(batchTooLarge, accumulated("▸5◂"), {
  files,
  message: /^A step has 5 batches of 30, and the training data \(100 samples\) has 4\.$/,
  fixed: `"accumulate": 4`,
  severity: "warning",
});
check(batchTooLarge, accumulated("▸4◂", `, "dropRemainder": true`), {
  files,
  fixed: `"accumulate": 3`,
  severity: "error",
});
check(batchTooLarge, accumulated("4"), { files });
