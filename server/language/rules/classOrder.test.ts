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
