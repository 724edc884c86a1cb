import { check, mnist, mnistFiles } from "../../../test/support/checkRule.ts";
import { layerUnused } from "./layerUnused.ts";

const student = (layers: string) => `{ "data": { "train": ${mnist} }, "student": { "layers": [${layers}] } }`;
const files = mnistFiles;

check(
  layerUnused,
  student(
    `{ "type": ▸"flatten"◂, "name": "side" }, { "type": "flatten", "inputs": "input" }, { "type": "dense", "units": 10 }`,
  ),
  { files, message: /"side" feeds no other layer/, severity: "error" },
);
check(layerUnused, student(`{ "type": "flatten" }, { "type": "dense", "units": 10 }`), { files });
