import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { layerShape } from "./layerShape.ts";

const student = (layers: string) => `{ "data": { "train": ${mnist} }, "student": { "layers": [${layers}] } }`;

check(layerShape, student(`{ "type": "flatten" }, { "type": ▸"conv2d"◂, "filters": 8, "kernelSize": 3 }`), {
  files: mnistFiles,
  message: /expects .*finds .*784/,
  severity: "error",
});
check(layerShape, student(`{ "type": "conv2d", "filters": 8, "kernelSize": 3 }, { "type": "flatten" }`), {
  files: mnistFiles,
});
check(layerShape, student(`{ "type": "flatten" }, { "type": "conv2d", "filters": 8, "kernelSize": 3 }`));
// The teacher's shapes are those of its own data.
check(
  layerShape,
  `{ "teacher": { "type": "layers", "layers": [{ "type": ▸"maxPooling2d"◂ }], "train": {
    "data": { "type": "npy", "features": "f", "labels": "l" } } } }`,
  { files: { f: { shape: [20] } } },
);
// A preset has no layers in the text.
check(
  layerShape,
  `{ "data": { "train": { "type": "npy", "features": "f", "labels": "l" } }, "student": { "preset": ▸"lenet"◂ } }`,
  {
    files: { f: { shape: [20], classes: 3 }, l: { shape: [], classes: 3 } },
    message: /expects an input of shape \[height, width, channels\], but finds \[20\]/,
  },
);
