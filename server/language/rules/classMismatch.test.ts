import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { classMismatch } from "./classMismatch.ts";

const data = `"data": { "train": ${mnist} }`;

check(
  classMismatch,
  `{ ${data}, "student": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": ▸9◂ }] } }`,
  {
    files: mnistFiles,
    message: /student has 9 classes, but the data has 10\. Give its last layer one unit per class\.$/,
    severity: "error",
    fixed: `"units": 10 }`,
  },
);
check(classMismatch, `{ ${data}, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files: { ...mnistFiles, "t.onnx": { outputs: [{ name: "logits", shape: [-1, 1000] }] } },
  message: /teacher has 1000 classes/,
});
// A saved network gets a new head where it has one, and a teacher gets it in an experiment of its own.
const of9 = { outputs: [{ name: "y", shape: [-1, 9] }] };
for (const [hasHead, message, fixes] of [
  [
    true,
    /has 10\. Give it a new head for the data's classes: "head": "replace"\.$/,
    ["Replace its last dense layer"],
  ],
  [undefined, /"head": "replace"\.$/, []],
  [false, /but the data has 10\.$/, []],
] as const)
  check(classMismatch, `{ ${data}, "student": { "model": ▸"s.onnx"◂ } }`, {
    files: { ...mnistFiles, "s.onnx": { ...of9, ...(hasHead === undefined ? {} : { hasHead }) } },
    message,
    fixes,
  });
const mismatched = (teacher: string) => `{ ${data}, "teacher": { ${teacher} } }`;
check(classMismatch, mismatched(`"type": "onnx", "path": ▸"t.onnx"◂`), {
  files: { ...mnistFiles, "t.onnx": of9 },
  message:
    /has 10\. Use a teacher of the data's classes, or train this one .* "head": "replace", .*"experiment"\)\.$/,
});
// Of a model that gives features and probabilities beside its logits, these.
const manyOutputs = {
  ...mnistFiles,
  t: {
    scores: "features",
    outputs: [
      { name: "features", shape: [-1, 32], dtype: "float32" },
      { name: "shares", shape: [-1, 10], dtype: "float32", probabilities: true },
      { name: "linear", shape: [-1, 10], dtype: "float32" },
      { name: "classes", shape: [-1, 10], dtype: "int64" },
    ],
  },
};
check(classMismatch, mismatched(`"type": "onnx", "path": ▸"t"◂`), {
  files: manyOutputs,
  message: /has 32 classes, but the data has 10\. Its output "linear" has 10: "output": "linear"\.$/,
  fixed: '"output": "linear"',
});
check(classMismatch, mismatched(`"type": "onnx", "output": "features", "path": ▸"t"◂`), {
  files: manyOutputs,
  message: /has 32 classes/,
  fixed: '"output": "linear", "path"',
});
check(classMismatch, mismatched(`"type": "onnx", "path": ▸"t.onnx"◂`), {
  files: { ...mnistFiles, "t.onnx": { ...of9, learned: { trees: 3 } } },
  message: /but the data has 10\.$/,
});
check(classMismatch, mismatched(`"type": "savedModel", "path": ▸"t"◂`), {
  files: { ...mnistFiles, t: of9 },
  message: /but the data has 10\.$/,
});
check(classMismatch, `{ "teacher": { "type": "onnx", "path": "t" }, "student": { "model": ▸"s"◂ } }`, {
  files: {
    t: { outputs: [{ name: "y", shape: [-1, 10] }] },
    s: { outputs: [{ name: "y", shape: [-1, 100] }] },
  },
  message: /student has 100 classes, the teacher 10/,
});
check(
  classMismatch,
  `{ ${data}, "student": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": 10 }] } }`,
  {
    files: mnistFiles,
  },
);
check(classMismatch, `{ ${data}, "student": { "preset": "mlp", "hidden": [32] } }`, { files: mnistFiles });
// With several outputs, which one is meant is not known until it is named.
check(classMismatch, `{ ${data}, "teacher": { "type": "onnx", "path": "t" } }`, {
  files: {
    ...mnistFiles,
    t: {
      outputs: [
        { name: "features", shape: [-1, 64] },
        { name: "logits", shape: [-1, 10] },
      ],
    },
  },
});
check(classMismatch, `{ ${data}, "student": { "layers": [{ "type": "dense", "units": 9 }] } }`);
// A global pooling leaves its axes behind the classes; a model without a batch gives the classes alone.
for (const shape of [[-1, 10, 1, 1], [10], [-1, -1], [-1, 5, 2]])
  check(classMismatch, `{ ${data}, "teacher": { "type": "onnx", "path": "t.onnx" } }`, {
    files: { ...mnistFiles, "t.onnx": { outputs: [{ name: "logits", shape }] } },
  });
check(classMismatch, `{ ${data}, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files: { ...mnistFiles, "t.onnx": { outputs: [{ name: "logits", shape: [-1, 1000, 1, 1] }] } },
  message: /teacher has 1000 classes/,
});

check(
  classMismatch,
  `{ "data": { "train": ${mnist} }, "student": { "layers": [
    { "type": "conv2d", "filters": 2, "kernelSize": 3 }, { "type": ▸"dense"◂, "units": 10 }] } }`,
  {
    files: mnistFiles,
    message: /The student gives \[26, 26, 10\]; expected one number per class/,
    fixed: `{ "type": "flatten" }, { "type": "dense", "units": 10 }`,
  },
);
const conv = `{ "type": "conv2d", "filters": 9, "kernelSize": 3 }`;
const student = (...layers: string[]) => `{ ${data}, "student": { "layers": [${layers.join(", ")}] } }`;
check(classMismatch, student(conv, conv, `▸{ "type": "globalAveragePooling2d" }◂`), {
  files: mnistFiles,
  message: /student has 9 classes/,
  fixes: [],
});
check(
  classMismatch,
  student(`{ "type": "flatten" }`, `{ "type": "dense", "units": 4 }`, `{ "type": "dense", "units": ▸9◂ }`),
  {
    files: mnistFiles,
    fixes: ["Change units to 10"],
  },
);
// Flattening helps a dense layer that takes what stands before it.
check(classMismatch, student(conv, `{ "type": ▸"conv2d"◂, "filters": 10, "kernelSize": 3 }`), {
  files: mnistFiles,
  message: /The student gives \[24, 24, 10\]/,
  fixes: [],
});
check(classMismatch, student(conv, conv, `{ "type": ▸"dense"◂, "units": 10 }`), {
  files: mnistFiles,
  fixes: ["Flatten before it"],
});
check(classMismatch, student(conv, conv, `{ "type": ▸"dense"◂, "units": 10, "inputs": "conv2d_2" }`), {
  files: mnistFiles,
  fixes: [],
});
// Whether it is the last that is meant nobody knows while another leads nowhere.
check(
  classMismatch,
  student(`{ "type": "flatten" }`, `{ "type": "conv2d", "filters": 10, "kernelSize": 3, "inputs": "input" }`),
  { files: mnistFiles },
);
const withTeacher = `{ ${data}, "teacher": { "type": "layers", "layers": [{ "type": ▸"dense"◂, "units": 10 }] } }`;
check(classMismatch, withTeacher, { files: mnistFiles, message: /^The teacher gives \[28, 28, 10\]/ });
// A preset has as many classes as its own data.
check(
  classMismatch,
  `{ ${data}, ▸"teacher"◂: { "type": "layers", "preset": "mlp", "hidden": [4], "train": { "data": { "type": "csv", "path": "t", "label": 0 } } } }`,
  { files: { ...mnistFiles, t: { shape: [4], classes: 5 } }, message: /teacher has 5 classes/ },
);
// Labels that the trainer does not take, or that are of one class alone, say nothing of a net.
const nine = student(`{ "type": "flatten" }`, `{ "type": "dense", "units": 9 }`);
check(classMismatch, nine, {
  files: mnistFiles,
  samples: { problem: { code: "label-text", message: "Labels are text." } },
});
check(classMismatch, nine, { files: { ...mnistFiles, y: { classes: 1 } } });
check(classMismatch, `{ "teacher": { "type": "onnx", "path": "t" }, "student": { "model": "s" } }`, {
  files: {
    t: { outputs: [{ name: "y", shape: [-1, 10] }] },
    s: { outputs: [{ name: "y", shape: [-1, 10] }] },
  },
});

// Labels from 1 on: the fix leaves no class too many.
const shifted = `"data": { "train": { "type": "npz", "path": "d.npz", "features": "x", "labels": "y" }`;
const from1 = {
  files: {
    "d.npz": { count: 9, shape: [4], classes: 4 },
    "t.onnx": { outputs: [{ name: "y", shape: [-1, 3] }] },
  },
  samples: { facts: { classCounts: [0, 3, 3, 3] } },
};
check(classMismatch, `{ ${shifted} }, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  ...from1,
  message: /but the data has 4\. No sample is of class 0: .* With "exclude": \[0\] in `data`/,
  fixed: `"exclude": [0] }`,
});
check(classMismatch, `{ ${shifted} }, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  ...from1,
  samples: { facts: { classCounts: [3, 0, 3, 3] } },
  message: /Use a teacher of the data's classes/,
});
