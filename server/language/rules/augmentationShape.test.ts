import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { augmentationShape } from "./augmentationShape.ts";

const table = `{ "type": "csv", "path": "t.csv", "label": "y" }`;

check(
  augmentationShape,
  `{ "data": { "train": ${table}, "augment": [{ "type": "noise", "std": 0.1 }, ▸{ "type": "flip" }◂] } }`,
  {
    files: { "t.csv": { shape: [4] } },
    message: /`flip` is for images; the samples have the shape \[4\]/,
    fixed: `[{ "type": "noise", "std": 0.1 }]`,
    severity: "error",
  },
);
check(
  augmentationShape,
  `{ "data": { "train": ${mnist}, "augment": [{ "type": "cutout", "size": ▸40◂ }] } }`,
  {
    files: mnistFiles,
    message: /28 × 28/,
  },
);
check(augmentationShape, `{ "data": { "train": ${mnist}, "augment": [{ "type": "shift", "pixels": 2 }] } }`, {
  files: mnistFiles,
});
check(augmentationShape, `{ "data": { "train": ${table}, "augment": [{ "type": "flip" }] } }`);
check(
  augmentationShape,
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": "y", "shape": [4, 3] }, "augment": [▸{ "type": "cutout", "size": 2 }◂] } }`,
  { files: { "t.csv": { shape: [12] } }, message: /the samples have the shape \[4, 3\]/ },
);
