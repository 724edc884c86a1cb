import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { fileWeights } from "./fileWeights.ts";

/** A convolution and two dense layers of the same shapes, in the file as `tensors` has them. */
const layers = `[{ "type": "conv2d", "filters": 2, "kernelSize": 3 }, { "type": "globalAveragePooling2d" },
  { "type": "dense", "units": 2 }, { "type": "dense", "units": 2 }, { "type": "dense", "units": 10 }]`;
const student = (rest: string) =>
  `{ "data": { "train": ${mnist} }, "student": { "layers": ${layers}, ${rest} } }`;

const linear = (name: string, units: number, width = 2) => [
  { name: `${name}.weight`, shape: [units, width] },
  { name: `${name}.bias`, shape: [units] },
];
const convolution = [
  { name: "conv.weight", shape: [2, 1, 3, 3] },
  { name: "conv.bias", shape: [2] },
];
const told = (...tensors: readonly { readonly name: string; readonly shape: readonly number[] }[]) => ({
  files: { ...mnistFiles, w: { tensors: [...convolution, ...tensors] } },
});
const file = told(...linear("fc.0", 2), ...linear("fc.2", 2), ...linear("head", 10));

check(fileWeights, student(`"weights": ▸"w"◂`), {
  ...file,
  severity: "warning",
  message: /^The weights of dense_1 and dense_2 were told apart by the numbers in the file's names alone\./,
  fixes: ["Write out whose weights they are"],
  fixed: `"weights": "w", "weightNames": { "conv2d_1": "conv", "dense_1": "fc.0", "dense_2": "fc.2", "dense_3": "head" }`,
});
// Modules of torchvision's mobilenet_v2 stand at different depths below their numbers.
check(fileWeights, student(`"weights": ▸"w"◂`), {
  ...told(...linear("features.1.conv.0.1", 2), ...linear("features.0.1", 2), ...linear("head", 10)),
  severity: "warning",
  message: /^The weights of dense_1 and dense_2 were told apart by the numbers/,
  fixed: `"dense_1": "features.0.1", "dense_2": "features.1.conv.0.1", "dense_3": "head" }`,
});
for (const [first, second] of [
  ["decoder.0", "encoder.0"],
  ["blocks.0.key", "blocks.0.query"],
] as const)
  check(fileWeights, student(`"weights": ▸"w"◂`), {
    ...told(...linear(first, 2), ...linear(second, 2), ...linear("head", 10)),
    severity: "error",
    message: /alike, so which is whose is not known\./,
  });
const whole = `"conv2d_1": "conv", "dense_1": "fc.2", "dense_2": "fc.0"`;
check(fileWeights, student(`"weights": "w", "weightNames": { ${whole} }`), file);
check(fileWeights, student(`"weights": "w", "weightNames": { ${whole}, ▸"dense3"◂: "head" }`), {
  ...file,
  severity: "error",
  message: /^The student has no layer and no weight "dense3"\.$/,
  fixed: `"dense_3": "head"`,
});
check(fileWeights, student(`"weights": "w", "weightNames": { ${whole}, "dense_3": ▸"haed"◂ }`), {
  ...file,
  message: /^The file has nothing below "haed", which dense_3 is to be taken from\.$/,
  fixed: `"dense_3": "head"`,
});
check(fileWeights, student(`"weights": "w", "weightNames": { ${whole}, "dense_3": ▸"fc.0"◂ }`), {
  ...file,
  message: /^fc\.0\.weight is \[2, 2\]; dense_3\.kernel needs \[10, 2\]\.$/,
});
check(
  fileWeights,
  student(
    `"weights": "w", "weightNames": { ${whole}, "dense_3.kernel": "head.weight", "dense_3.bias": "head.bias" }`,
  ),
  file,
);
check(
  fileWeights,
  student(`"weights": ▸"w"◂, "weightNames": { ${whole}, "dense_3.kernel": "head.weight" }`),
  {
    ...file,
    message: /^dense_3\.bias is not named, though other weights of dense_3 are\.$/,
  },
);
check(fileWeights, student(`"weights": ▸"w"◂`), {
  ...told(...linear("query", 2), ...linear("key", 2), ...linear("head", 10)),
  severity: "error",
  message: /^key and query of the file fit dense_1 and dense_2 alike, so which is whose is not known\./,
  fixed: `"weightNames": { "conv2d_1": "conv", "dense_3": "head", "dense_1": "key", "dense_2": "query" }`,
});
check(fileWeights, student(`"weights": ▸"w"◂`), {
  ...told(...linear("dense_1", 2), ...linear("dense_2", 2), ...linear("head", 1000)),
  message:
    /^The file has no module that fits dense_3: one with weight \[10, 2\], bias \[10\] and nothing else\.$/,
});
const old = told(...linear("dense_1", 2), ...linear("dense_2", 2), ...linear("head", 1000));
check(fileWeights, student(`"weights": ▸"w"◂, "newWeights": ["dense_3.*"]`), {
  ...old,
  severity: "warning",
  message: /^No layer takes head\.weight and head\.bias of the file\.$/,
});
