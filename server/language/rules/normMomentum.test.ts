import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { normMomentum } from "./normMomentum.ts";

const layers = (norm: string) =>
  `"layers": [{ "type": "flatten" }, ${norm}, { "type": "dense", "units": 10 }]`;
const norm = `{ "type": "batchNormalization" }`;

// 0.99 ^ 150 = 0.22
check(
  normMomentum,
  `{ "student": { ${layers(`{ "type": ▸"batchNormalization"◂ }`)} }, "training": { "steps": 150 } }`,
  { severity: "warning", message: /momentum 0.99 .* 22 % .* 150 steps/, fixed: `"momentum": 0.9` },
);
check(
  normMomentum,
  `{ "student": { ${layers(`{ "type": "batchNormalization", "momentum": ▸0.9◂ }`)} }, "training": { "steps": 25 } }`,
  { fixed: `"momentum": 0.8` },
);
check(
  normMomentum,
  `{ "student": { ${layers(`{ "type": "batchNormalization", "momentum": ▸0.5◂ }`)} }, "training": { "steps": 1 } }`,
  { fixed: `"momentum": 0 ` },
);
// 0.99 ^ 458 = 0.01003, 0.99 ^ 459 = 0.00992
check(
  normMomentum,
  `{ "student": { ${layers(`{ "type": ▸"batchNormalization"◂ }`)} }, "training": { "steps": 458 } }`,
);
check(normMomentum, `{ "student": { ${layers(norm)} }, "training": { "steps": 459 } }`);
// How long it is trained is not known.
check(normMomentum, `{ "student": { ${layers(norm)} } }`);
// 1 000 samples in batches of 100, 2 epochs: 20 steps; the teacher has 500 of its own.
check(
  normMomentum,
  `{
    "data": { "train": ${mnist}, "batchSize": 100 },
    "student": { ${layers(`{ "type": ▸"batchNormalization"◂ }`)} },
    "teacher": { "type": "layers", ${layers(norm)}, "train": { "epochs": 50 } },
    "training": { "epochs": 2 }
  }`,
  { files: { x: { count: 1000 } }, message: /after 20 steps/ },
);
check(
  normMomentum,
  `{
    "data": { "train": ${mnist} },
    "teacher": { "type": "layers", ${layers(`{ "type": ▸"batchNormalization"◂ }`)}, "train": { "batchSize": 500 } }
  }`,
  { files: { x: { count: 1000 } }, message: /after 20 steps/ },
);
check(normMomentum, `{ "student": { "preset": ▸"resnet"◂, "depth": 8 }, "training": { "steps": 43 } }`);
check(normMomentum, `{ "student": { "preset": "resnet", "depth": 8 }, "training": { "steps": 44 } }`);
check(
  normMomentum,
  `{ "teacher": { "type": "layers", "preset": ▸"resnet"◂, "depth": 8, "train": { "steps": 20 } } }`,
  { message: /Train a resnet for more steps/ },
);
check(normMomentum, `{ "student": { "preset": "mlp", "hidden": [4] }, "training": { "steps": 1 } }`);
// 0.01 after one step is just little enough; what never forgets is meant so.
const withMomentum = (momentum: string) =>
  `{ "student": { ${layers(`{ "type": "batchNormalization", "momentum": ${momentum} }`)} }, "training": { "steps": 1 } }`;
check(normMomentum, withMomentum("0.01"));
check(normMomentum, withMomentum("▸0.02◂"), { fixes: ["Change to 0"] });
check(normMomentum, withMomentum("1"));
check(normMomentum, withMomentum("1.5"));
// A teacher's own steps, whatever its data; one that is trained elsewhere has none here.
const teacher = (norm: string, train: string) =>
  `{ "data": { "train": ${mnist} }, "teacher": { "type": "layers", ${layers(norm)}${train} } }`;
check(normMomentum, teacher(`{ "type": ▸"batchNormalization"◂ }`, `, "train": { "steps": 30 }`), {
  files: { x: { count: 1000 } },
  message: /after 30 steps/,
  fixes: ["Set momentum to 0.8"],
});
check(normMomentum, teacher(norm, ""), { files: { x: { count: 1000 } } });
// The averages of a file, all or all but those that are drawn.
const two = `"layers": [{ "type": "flatten" }, ${norm}, { "type": ▸"batchNormalization"◂ }, { "type": "dense", "units": 10 }]`;
const beginning = (net: string, anew: string) =>
  `{ "data": { "train": ${mnist} }, "student": { ${net}, "weights": "w.safetensors"${anew} }, "training": { "steps": 9 } }`;
check(normMomentum, beginning(layers(norm), ""), { files: mnistFiles });
check(normMomentum, beginning(layers(norm), `, "newWeights": ["dense_*", "*.gamma"]`), { files: mnistFiles });
check(normMomentum, beginning(two, `, "newWeights": ["batchNormalization_2.*"]`), {
  files: mnistFiles,
  message: /after 9 steps/,
});
const resnet = (mark: string) => `"preset": ${mark}, "depth": 8`;
check(normMomentum, beginning(resnet(`"resnet"`), ""), { files: mnistFiles });
check(normMomentum, beginning(resnet(`▸"resnet"◂`), `, "newWeights": ["*"]`), { files: mnistFiles });
