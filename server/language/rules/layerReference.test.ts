import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { layerReference } from "./layerReference.ts";

check(
  layerReference,
  `{ "student": { "layers": [{ "type": "dense", "name": "hidden" }, { "type": "add", "inputs": ["input", ▸"hiden"◂] }] } }`,
  {
    message: /No layer "hiden" before this one\. Did you mean "hidden"/,
    fixed: `["input", "hidden"]`,
    severity: "error",
  },
);
check(
  layerReference,
  `{ "student": { "layers": [{ "type": "add", "name": "a", "inputs": ▸"b"◂ }, { "type": "dense", "name": "b" }] } }`,
  {
    message: /"b" is not before this one/,
  },
);
check(
  layerReference,
  `{ "student": { "layers": [{ "type": "dense", "name": "a" }, { "type": "dense", "inputs": "a" }] } }`,
);
check(
  layerReference,
  `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "flatten" }, { "type": "add", "inputs": ▸"flatten_1"◂ }] } }`,
  { files: mnistFiles, message: /two or more/ },
);
check(
  layerReference,
  `{ "teacher": { "layers": [{ "type": "dense", "name": "first" }, { "type": "dense", "inputs": ▸"zzz"◂ }] } }`,
  { message: /^No layer "zzz" before this one\. There are "input", "first"\.$/, fixes: [] },
);
const names = Array.from({ length: 12 }, (_, i) => `{ "name": "layer-${i}" }`).join(", ");
check(layerReference, `{ "student": { "layers": [${names}, { "inputs": ▸"zzz"◂ }] } }`, {
  message: /There are "layer-0", .*, "layer-11"\.$/,
});
// One word of it is enough where the shapes are known, too.
check(
  layerReference,
  `{ "data": { "train": ${mnist} }, "student": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": 10, "inputs": ▸"zzz"◂ }] } }`,
  { files: mnistFiles },
);
// What looks like a name that layers are given the shapes will tell.
for (const name of ["dense_1", "conv2d_12"])
  check(layerReference, `{ "student": { "layers": [{ "type": "dense", "inputs": "${name}" }] } }`);
for (const name of ["my dense_1", "dense_1b"])
  check(layerReference, `{ "student": { "layers": [{ "type": "dense", "inputs": ▸"${name}"◂ }] } }`);
