import { check } from "../../../test/support/checkRule.ts";
import { fileProblem } from "./fileProblem.ts";
import { filesMissing } from "./filesMissing.ts";

const table = (marked = '"a.csv"') =>
  `"data": { "train": { "type": "csv", "path": ${marked}, "label": "y" } }`;
const gone = { "a.csv": "No such file.", "t.onnx": "No such file." };

check(filesMissing, `▸{◂ ${table()}, "teacher": { "type": "onnx", "path": "t.onnx" } }`, {
  files: gone,
  severity: "warning",
  message: /not there yet: a\.csv, t\.onnx\. Choose yours, or have sample data created\.$/,
  fixes: [
    "Create sample data",
    "Choose a file for a.csv…",
    "How to export a teacher",
    "Train a teacher instead",
  ],
});
// One of several that are there is enough for it to be told at the others alone.
check(filesMissing, `{ ${table()}, "teacher": { "type": "onnx", "path": "t.onnx" } }`, {
  files: { "t.onnx": "No such file.", "a.csv": { classes: 2 } },
});
check(fileProblem, `{ ${table()}, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files: { "t.onnx": "No such file.", "a.csv": { classes: 2 } },
  fixes: ["Choose a file for t.onnx…", "How to export a teacher", "Train a teacher instead"],
});
// What cannot be made is chosen, as a folder where it is one.
check(filesMissing, `▸{◂ "data": { "train": { "type": "images", "folder": "photos" } } }`, {
  files: { photos: "No such folder." },
  fixes: ["Choose a folder for photos…"],
});
const below = (root: string) =>
  `{ "data": { "train": { "type": "images", "table": "t.csv", "path": "file", "root": ${root}, "label": "kind" } } }`;
check(fileProblem, below('▸"photos"◂'), {
  files: { photos: "No such folder.", "t.csv": { classes: 2 } },
  fixes: ["Choose a folder for photos…"],
});
