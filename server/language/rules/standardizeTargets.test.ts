import { check } from "../../../test/support/checkRule.ts";
import { standardizeTargets } from "./standardizeTargets.ts";

check(standardizeTargets, `{ "task": "classification", "data": { "standardizeTargets": ▸true◂ } }`, {
  severity: "error",
  message: /the numbers of a regression/,
});
check(
  standardizeTargets,
  `{ "task": "regression", "data": { "standardizeTargets": ▸true◂ }, "student": { "type": "./own.ts" } }`,
  { message: /nothing can be put behind it/ },
);
check(
  standardizeTargets,
  `{ "task": "regression", "data": { "standardizeTargets": ▸true◂ }, "student": { "model": "a.onnx", "head": "replace" } }`,
  { message: /begins near 0/ },
);
check(standardizeTargets, `{ "task": "regression", "data": { "standardizeTargets": true } }`);
check(standardizeTargets, `{ "task": "classification", "data": { "standardizeTargets": false } }`);
check(
  standardizeTargets,
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": "y" }, "standardizeTargets": true } }`,
  { files: { "t.csv": { count: 0, classes: 0 } } },
);
check(
  standardizeTargets,
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": "y" }, "standardizeTargets": ▸true◂ } }`,
  { files: { "t.csv": { count: 9, classes: 3 } }, message: /the numbers of a regression/ },
);
