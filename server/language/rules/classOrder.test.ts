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
check(classOrder, experiment(`▸"t.json"◂`), {
  files: files(["oak", "ash"]),
  message: /class 0 is "oak" in the model and "ash" in the data/,
});
check(classOrder, experiment(`▸"t.json"◂`), {
  files: files(["ash"]),
  message: /class 1 is none in the model and "oak" in the data/,
});
check(classOrder, experiment(`"t.json"`), {
  files: { "d.csv": {}, "t.json": { card: { classNames: ["oak", "ash"] } } },
});

// The names of the output that is asked for, and those that the experiment gives.
const two = {
  "d.csv": { classNames: ["ash", "oak"], classes: 2 },
  "t.onnx": {
    scores: "p",
    outputs: [
      { name: "p", shape: [-1, 2], classNames: ["oak", "yew"] },
      { name: "q", shape: [-1, 2], classNames: ["oak", "ash"] },
    ],
  },
};
check(classOrder, onnx, { files: two });
check(classOrder, unmarked.replace('"t.onnx"', '"t.onnx", "output": "q"'), { files: two });
const given = (classes: string) => onnx.replace('"label": "y" }', `"label": "y" }, "classes": ${classes}`);
check(classOrder, given('["yew", "elm"]'), {
  files: scored("oak", "yew"),
  message: /oak, yew; the data has yew, elm/,
});
check(classOrder, given("[1, 2]").replace(/[▸◂]/g, ""), { files: scored("oak", "ash") });
// Names without an output of as many classes are somebody else's.
check(classOrder, unmarked, {
  files: { ...scored("oak", "yew"), "t.onnx": { ...two["t.onnx"], card: { classNames: ["a", "b", "c"] } } },
});
// Where the data has no names, those of the model say more.
check(classOrder, unmarked, { files: { ...scored("oak", "yew"), "d.csv": { classes: 2 } } });
check(classOrder, unmarked, { files: { ...scored("3", "0"), "d.csv": {} } });
check(classOrder, onnx, { files: { ...scored("1", "2"), "d.csv": { classes: 2 } }, severity: "warning" });
check(classOrder, unmarked, { files: { ...scored("oak", "yew"), "d.csv": { classNames: ["ash", "oak"] } } });

// Numbers have no classes, whatever a model calls its columns.
check(classOrder, `{ "task": "regression", ${experiment(`"t.json"`).slice(1)}`, {
  files: files(["oak", "ash"]),
});
