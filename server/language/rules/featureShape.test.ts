import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { featureShape } from "./featureShape.ts";

const nets = `"data": { "train": ${mnist} }, "student": { "layers": [{ "type": "conv2d", "filters": 4, "kernelSize": 3, "name": "conv" }, { "type": "flatten" }, { "type": "dense", "units": 10 }] }, "teacher": { "type": "layers", "layers": [{ "type": "conv2d", "filters": 8, "kernelSize": 3, "name": "conv1" }, { "type": "maxPooling2d" }, { "type": "flatten", "name": "flat" }, { "type": "dense", "units": 10 }] }`;
const files = { files: mnistFiles };
const loss = (text: string) => `{ ${nets}, "losses": [${text}] }`;

check(featureShape, loss(`{ "type": "hint", "student": ▸"conv"◂, "teacher": "conv1" }`), {
  ...files,
  message: /without a projector.*\[26, 26, 4\], the teacher's \[26, 26, 8\]/,
  severity: "error",
  fixed: `"teacher": "conv1", "projector": "relu" }`,
});
check(
  featureShape,
  loss(`{ "type": "hint", "student": ▸"flatten_1"◂, "teacher": "flat", "projector": "none" }`),
  {
    ...files,
    fixed: `"projector": "linear"`,
  },
);
check(
  featureShape,
  loss(`{ "type": "hint", "student": "conv", "teacher": "conv1", "projector": "linear" }`),
  files,
);
check(
  featureShape,
  loss(`{ "type": "at", "student": ["conv", ▸"flatten_1"◂], "teacher": ["maxPooling2d_1", "conv1"] }`),
  {
    ...files,
    message: /`at` cannot compare.*feature maps/,
  },
);
check(featureShape, loss(`{ "type": "sp", "student": "conv", "teacher": "flat" }`), files);
// Nothing is known of the shapes.
check(featureShape, loss(`{ "type": "hint", "student": "conv", "teacher": "conv1" }`));
check(featureShape, loss(`{ "type": "hint", "student": "cnov", "teacher": "conv1" }`), files);

// Of a file that tells the shapes of its layers.
check(
  featureShape,
  `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "conv2d", "filters": 4, "kernelSize": 3 }] }, "teacher": { "type": "onnx", "path": "t" }, "losses": [{ "type": "hint", "student": ▸"conv2d_1"◂, "teacher": "relu" }] }`,
  {
    files: { ...mnistFiles, t: { layers: [{ name: "relu", shape: [13, 13, 9] }] } },
    fixed: `"projector": "relu"`,
  },
);
