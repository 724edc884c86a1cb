import { check } from "../../../test/support/checkRule.ts";
import { memory } from "./memory.ts";

const files = { "t.csv": { count: 70_000, shape: [1000], classes: 10 } };
const machine = { memory: 2e9, hasGpuEngine: false };
const train = '"train": { "type": "csv", "path": "t.csv", "label": 0 }';
const dense = (units: string) => `{ "type": "dense", "units": ${units} }`;
const experiment = (units: string, { batch = "128", more = "" } = {}) =>
  `{ "data": { ${train}, "batchSize": ${batch} }, "student": { "layers": [${dense(units)}, ${dense("10")}] }${more} }`;

// (1,000 + 1 + 10) · units + 10 weights, 16 bytes each with AdamW: 123,700 units take 2.001 GB, 123,500 take 1.998.
check(memory, experiment("▸123700◂"), {
  files,
  machine,
  severity: "error",
  message:
    /at least 2\.1 GB: 2\.0 GB for 125,060,710 weights, .* 128 samples at once\. The machine has 2\.0 GB\. Make dense_1 smaller/,
});
check(memory, experiment("110000"), { files, machine });
// SGD keeps nothing of a weight: 8 bytes each.
check(memory, experiment("123700", { more: ', "optimizer": { "type": "sgd" }' }), { files, machine });
// 65,536 samples of 1,000 + 9,000 values; half of what would just fit is left to all that is not counted.
check(memory, experiment("9000", { batch: "▸65536◂" }), {
  files,
  machine,
  fixed: '"batchSize": 16384',
  message: /2\.6 GB for 65,536 samples at once/,
});
// No step has more samples than there are.
check(memory, experiment("9000", { batch: "65536" }), {
  files: { "t.csv": { count: 300, shape: [1000], classes: 10 } },
  machine,
});
// A card has a memory of its own.
check(memory, experiment("200000", { more: ', "device": "gpu"' }), { files, machine });
check(memory, experiment("200000"), { files, machine: { ...machine, hasGpuEngine: true } });
check(memory, experiment("▸200000◂", { more: ', "device": "cpu"' }), {
  files,
  machine: { ...machine, hasGpuEngine: true },
});
check(memory, experiment("200000"), { files });
check(
  memory,
  `{ "data": { ${train} }, "teacher": { "type": "layers", "layers": [${dense("▸200000◂")}, ${dense("10")}] } }`,
  { files, machine, message: /^Training the teacher/ },
);

// A teacher's batch may be its own; one at the top of the file is nobody's.
const teacher = (batch: string) =>
  `{ "data": { ${train} }, "teacher": { "type": "layers", "layers": [${dense("9000")}, ${dense("10")}], "train": { "batchSize": ${batch} } } }`;
check(memory, teacher("▸65536◂"), { files, machine, fixed: '"batchSize": 16384' });
check(memory, teacher("128"), { files, machine });
check(memory, experiment("9000", { more: ', "batchSize": 65536' }), { files, machine });
// No engine with a device is there that could be chosen.
check(memory, experiment("▸123700◂", { more: ', "device": "auto"' }), { files, machine });
check(memory, experiment("200000", { more: ', "device": "auto"' }), {
  files,
  machine: { ...machine, hasGpuEngine: true },
});
// What a net with a mistake in it takes is not known.
check(
  memory,
  `{ "data": { ${train} }, "student": { "layers": [${dense("200000")}, { "type": "maxPooling2d" }] } }`,
  { files, machine },
);
// A preset has no layer in the text to point at.
check(memory, `{ "data": { ${train} }, ▸"student"◂: { "preset": "mlp", "hidden": [200000] } }`, {
  files,
  machine,
  fixes: [],
});
