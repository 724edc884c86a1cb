import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { lossLayer } from "./lossLayer.ts";

const nets = `"data": { "train": ${mnist} }, "student": { "layers": [{ "type": "conv2d", "filters": 4, "kernelSize": 3, "name": "conv" }, { "type": "flatten" }, { "type": "dense", "units": 10 }] }, "teacher": { "type": "layers", "layers": [{ "type": "conv2d", "filters": 8, "kernelSize": 3, "name": "conv1" }, { "type": "maxPooling2d" }, { "type": "flatten", "name": "flat" }, { "type": "dense", "units": 10 }] }`;
const files = { files: mnistFiles };
const loss = (text: string) => `{ ${nets}, "losses": [{ "type": "ce" }, ${text}] }`;

check(lossLayer, loss(`{ "type": "hint", "student": "conv", "teacher": "conv1" }`), files);
check(lossLayer, loss(`{ "type": "hint", "student": ▸"cnov"◂, "teacher": "conv1" }`), {
  ...files,
  message: /student has no layer "cnov". Did you mean "conv"/,
  severity: "error",
  fixed: `"student": "conv"`,
});
check(lossLayer, loss(`{ "type": "sp", "student": "conv", "teacher": ▸"conv"◂ }`), {
  ...files,
  fixed: `"teacher": "conv1"`,
});
check(lossLayer, loss(`{ "type": "sp", "student": "conv", "teacher": ▸"stage3"◂ }`), {
  ...files,
  message: /Its layers are "conv1", "maxPooling2d_1", "flat", "dense_1"/,
});
check(lossLayer, loss(`{ "type": "sp", "student": ▸"input"◂, "teacher": "flat" }`), {
  ...files,
  message: /is the sample, not a layer/,
});
// Layers without a name have one all the same.
check(lossLayer, loss(`{ "type": "sp", "student": "flatten_1", "teacher": "maxPooling2d_1" }`), files);
check(
  lossLayer,
  loss(`{ "type": "at", "student": ["conv", ▸"pool"◂], "teacher": ["conv1", "conv1"] }`),
  files,
);
check(lossLayer, loss(`{ "type": "at", "student": ["conv", "conv"], "teacher": ▸["conv1"]◂ }`), {
  ...files,
  message: /2 layers of the student .* 1 of the teacher/,
});

// Of a file, if it tells.
const fromFile = (teacher: string) =>
  `{ ${nets.replace(/"teacher".*$/, `"teacher": { "type": "onnx", "path": "t.onnx" }`)}, "losses": [{ "type": "sp", "student": "conv", "teacher": ${teacher} }] }`;
const layers = {
  files: { ...mnistFiles, "t.onnx": { layers: [{ name: "/conv/Relu_output_0" }, { name: "logits" }] } },
};
check(lossLayer, fromFile(`"/conv/Relu_output_0"`), layers);
check(lossLayer, fromFile(`▸"/conv/Relu_output"◂`), { ...layers, fixed: `"/conv/Relu_output_0"` });
check(lossLayer, fromFile(`"anything"`), files);
check(lossLayer, loss(`{ "type": "sp", "student": "conv", "teacher": ▸"zzz"◂ }`), {
  ...files,
  message: /^The teacher has no layer "zzz"\. Its layers are/,
  fixes: [],
});
// One that names none yet is half typed.
check(lossLayer, loss(`{ "type": "sp", "teacher": "flat" }`), files);
check(lossLayer, loss(`{ "type": "sp", "student": "conv", "teacher": [] }`), files);
// A file may tell of no layer, and of many the last are listed.
const told = (count: number) => ({
  files: {
    ...mnistFiles,
    "t.onnx": { layers: Array.from({ length: count }, (_, i) => ({ name: `l${i}` })) },
  },
});
check(lossLayer, fromFile(`"zzz"`), told(0));
check(lossLayer, fromFile(`▸"zzz"◂`), { ...told(12), message: /Its layers are "l0", .*, "l11"\.$/ });
check(lossLayer, fromFile(`▸"zzz"◂`), { ...told(13), message: /Its last layers are "l1", .*, "l12"\.$/ });
