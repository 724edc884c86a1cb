import { check } from "../../../test/support/checkRule.ts";
import { classOrder } from "./classOrder.ts";

const experiment = (path: string, more = "") => `{
  "data": { "train": { "type": "csv", "path": "d.csv", "label": "y" }${more} },
  "teacher": { "type": "tfjs", "path": ${path} }
}`;
const files = (classNames: readonly string[]) => ({
  "d.csv": { classNames: ["ash", "oak"] },
  "t.json": { card: { classNames } },
});

check(classOrder, experiment(`▸"t.json"◂`), { files: files(["oak", "ash"]) });
check(classOrder, experiment(`▸"t.json"◂`), { files: files(["ash"]) });
check(classOrder, experiment(`"t.json"`), { files: files(["ash", "oak"]) });
check(classOrder, experiment(`"t.json"`), { files: files(["ash", "oak", "yew"]) });
check(classOrder, experiment(`"t.json"`, `, "classes": ["oak", "ash"]`), { files: files(["oak", "ash"]) });
check(classOrder, experiment(`"t.json"`), {
  files: { "d.csv": { classNames: ["ash", "oak"] }, "t.json": {} },
});

// An ONNX model's columns are taken by name: in any order, but of the data's classes.
const onnx = `{
  "data": { "train": { "type": "csv", "path": "d.csv", "label": "y" } },
  "teacher": { "type": "onnx", "path": ▸"t.onnx"◂ }
}`;
const unmarked = onnx.replace(/[▸◂]/g, "");
const scored = (...classNames: string[]) => ({
  "d.csv": { classNames: ["ash", "oak"], classes: 2 },
  "t.onnx": { scores: "p", outputs: [{ name: "p", shape: [-1, classNames.length], classNames }] },
});
check(classOrder, unmarked, { files: scored("oak", "ash") });
check(classOrder, unmarked, { files: scored("0", "1") });
check(classOrder, onnx, {
  files: scored("oak", "yew"),
  severity: "error",
  message: /oak, yew; the data has ash, oak/,
});
check(classOrder, onnx, { files: scored("Ash", "Oak"), severity: "warning", message: /taken in this order/ });
