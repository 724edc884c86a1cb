import { check, mnist } from "../../../test/support/checkRule.ts";
import { oneClass } from "./oneClass.ts";

const marked = mnist.replace('"y"', '▸"y"◂');
check(oneClass, `{ "data": { "train": ${marked} } }`, { files: { y: { classes: 1 } }, severity: "error" });
check(oneClass, `{ "data": { "train": { "type": "csv", "path": ▸"t"◂, "label": "kind" } } }`, {
  files: { t: { classes: 1 } },
});
check(oneClass, `{ "data": { "train": ${mnist} } }`, { files: { y: { classes: 2 } } });
check(oneClass, `{ "data": { "train": ${mnist} } }`);
// As many as the file itself says, whatever its samples are.
check(oneClass, `{ "data": { "classes": 1, "train": ▸{ "type": "csv" }◂ } }`);
