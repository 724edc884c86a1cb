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
// As large as the shorter side is not too large.
const sides = { files: { x: { count: 9, shape: [20, 30, 1] } } };
const augmented = (augment: string) => `{ "data": { "train": ${mnist}, "augment": [${augment}] } }`;
check(augmentationShape, augmented(`{ "type": "cutout", "size": 20 }, { "type": "cutout" }`), sides);
check(augmentationShape, augmented(`{ "type": "shift", "pixels": ▸21◂ }`), {
  ...sides,
  message: /20 × 30 pixels: `pixels` can be 20 at most; found 21\.$/,
});
check(augmentationShape, augmented(`{ "type": "crop", "padding": ▸21◂ }`), {
  ...sides,
  message: /`padding`/,
});
check(augmentationShape, augmented(`▸{ "type": "shift" }◂, ▸{ "type": "crop" }◂, {}`), {
  files: { x: { shape: [4] } },
});
check(
  augmentationShape,
  augmented(`▸{ "type": "randAugment" }◂, { "type": "cutMix" }, ▸{ "type": "tokenDropout", "token": 1 }◂`),
  {
    files: { x: { count: 9, shape: [20, 30, 2] } },
    message: /images of 1 or 3 channels/,
    fixed: `{ "type": "cutMix" }`,
  },
);
check(augmentationShape, augmented(`▸{ "type": "colorJitter" }◂, { "type": "flip" }`), {
  files: mnistFiles,
  samples: { facts: { areColours: false } },
  message: /from 0 to 255/,
});
// A teacher sees its own samples, if it has any.
const withTeacher = (train: string) =>
  `{ "data": { "train": ${mnist} }, "teacher": { "type": "layers", "layers": [], "train": { ${train} } } }`;
check(augmentationShape, withTeacher(`"augment": [{ "type": "shift", "pixels": ▸29◂ }]`), {
  files: mnistFiles,
});
check(augmentationShape, withTeacher(`"data": ${table}, "augment": [▸{ "type": "flip" }◂]`), {
  files: { ...mnistFiles, "t.csv": { shape: [4] } },
});
