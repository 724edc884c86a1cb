import { check } from "../../../test/support/checkRule.ts";
import { classOrder } from "./classOrder.ts";

const experiment = (path: string, more = "") => `{
  "data": { "train": { "type": "csv", "path": "d.csv", "label": "y" }${more} },
  "teacher": { "type": "onnx", "path": ${path} }
}`;
const files = (classNames: readonly string[]) => ({
  "d.csv": { classNames: ["ash", "oak"] },
  "t.onnx": { card: { classNames } },
});

check(classOrder, experiment(`▸"t.onnx"◂`), { files: files(["oak", "ash"]) });
check(classOrder, experiment(`▸"t.onnx"◂`), { files: files(["ash"]) });
check(classOrder, experiment(`"t.onnx"`), { files: files(["ash", "oak"]) });
check(classOrder, experiment(`"t.onnx"`), { files: files(["ash", "oak", "yew"]) });
check(classOrder, experiment(`"t.onnx"`, `, "classes": ["oak", "ash"]`), { files: files(["oak", "ash"]) });
check(classOrder, experiment(`"t.onnx"`), {
  files: { "d.csv": { classNames: ["ash", "oak"] }, "t.onnx": {} },
});
