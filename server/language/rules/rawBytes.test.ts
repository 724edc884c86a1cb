import { check, mnist } from "../../../test/support/checkRule.ts";
import { rawBytes } from "./rawBytes.ts";

check(rawBytes, `{ "data": { ▸"train"◂: ${mnist} } }`, {
  fixed: `"normalize": "fit" }`,
  severity: "warning",
});
check(rawBytes, `{ "data": { "train": ${mnist}, "normalize": { "scale": 0.004 } } }`);
check(rawBytes, `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 } } }`);
check(rawBytes, `{ "data": { ▸"train"◂: ${mnist} } }`, { files: { x: { dtype: "uint8" } } });
check(rawBytes, `{ "data": { "train": ${mnist} } }`, { files: { x: { dtype: "float32" } } });
// Pixels are bytes whatever labels are, and wherever those stand.
check(rawBytes, `{ "data": { ▸"train"◂: { "type": "idx", "labels": "y", "images": "x" } } }`, {
  files: { x: { dtype: "uint8" }, y: { dtype: "int32" } },
  fixes: ['Add "normalize": "fit"'],
});
// Of a table, where its images are the samples.
const parquet = '{ "type": "parquet", "path": "t.parquet", "label": "y"';
check(rawBytes, `{ "data": { ▸"train"◂: ${parquet}, "image": "x" } } }`, { severity: "warning" });
check(rawBytes, `{ "data": { "train": ${parquet} } } }`);
