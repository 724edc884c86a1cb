import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { layerReference } from "./layerReference.ts";

check(
  layerReference,
  `{ "student": { "layers": [{ "type": "dense", "name": "hidden" }, { "type": "add", "inputs": ["input", ▸"hiden"◂] }] } }`,
  {
    message: /no earlier layer "hiden". Did you mean "hidden"/,
    fixed: `["input", "hidden"]`,
    severity: "error",
  },
);
check(
  layerReference,
  `{ "student": { "layers": [{ "type": "add", "name": "a", "inputs": ▸"b"◂ }, { "type": "dense", "name": "b" }] } }`,
  {
    message: /"b" stands no earlier/,
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
