import { check, mnist } from "../../../test/support/checkRule.ts";
import { fileProblem } from "./fileProblem.ts";

check(fileProblem, `{ "data": { "train": { "type": "idx", "images": ▸"x"◂, "labels": "y" } } }`, {
  files: { x: "There is no file x.", y: { classes: 10 } },
  message: /no file x/,
  severity: "error",
});
check(fileProblem, `{ "data": { "train": ${mnist} }, "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ } }`, {
  files: { "t.onnx": "t.onnx is not an ONNX model." },
});
// A file that nobody has looked at is not missing.
check(fileProblem, `{ "data": { "train": ${mnist} } }`);

const misspelt = (name: string, ...names: string[]) => ({ offset: 0, length: name.length, names });
check(fileProblem, `{ "data": { "train": { "type": "csv", "path": ▸"trian.csv"◂ } } }`, {
  files: { "trian.csv": misspelt("trian.csv", "test.csv", "train.csv", "notes.md") },
  message: /No such file\. Did you mean "train\.csv"\?$/,
  fixed: '"path": "train.csv"',
});
check(fileProblem, `{ "data": { "train": { "type": "csv", "path": ▸"a\\\\dat\\\\train.csv"◂ } } }`, {
  files: { "a\\dat\\train.csv": { offset: 2, length: 3, names: ["data", "other"] } },
  fixed: '"path": "a\\\\data\\\\train.csv"',
});
// Neither what is far from it nor what is somebody else's.
check(fileProblem, `{ "data": { "train": { "type": "csv", "path": ▸"iris.csv"◂ } } }`, {
  files: { "iris.csv": misspelt("iris.csv", "teacher.onnx") },
  message: /No such file\.$/,
});
check(fileProblem, `{ "data": { "train": { "type": "idx", "images": ▸"images"◂, "labels": "./image" } } }`, {
  files: { images: misspelt("images", "image"), "./image": { classes: 10 } },
  message: /No such file\.$/,
});
// A folder in place of the model in it.
const inFolder = (...models: string[]) => ({
  "former/": { code: "not-a-file", message: "A folder.", models },
});
check(fileProblem, `{ "student": { "model": ▸"former/"◂ } }`, {
  files: inFolder("model.json", "model.onnx"),
  fixes: [`Change to "former/model.json"`, `Change to "former/model.onnx"`],
  fixed: `"model": "former/model.json"`,
});
check(fileProblem, `{ "student": { "model": ▸"former/"◂ } }`, { files: inFolder(), fixes: [] });
