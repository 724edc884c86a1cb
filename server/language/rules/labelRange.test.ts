import { check, mnist } from "../../../test/support/checkRule.ts";
import { labelRange } from "./labelRange.ts";

const test = `{ "type": "npy", "features": "f", "labels": ▸"l"◂ }`;

check(labelRange, `{ "data": { "train": ${mnist}, "test": ${test} } }`, {
  files: { y: { classes: 10 }, l: { classes: 12 } },
  message: /test labels go up to 11, but the training data has only the classes 0 … 9/,
  severity: "error",
});
check(
  labelRange,
  `{ "data": { "train": ${mnist}, "validation": { "type": "npz", "path": ▸"v"◂, "features": "x", "labels": "y" } } }`,
  {
    files: { y: { classes: 10 }, v: { classes: 11 } },
  },
);
check(
  labelRange,
  `{ "data": { "train": ${mnist}, "test": { "type": "npy", "features": "f", "labels": "l" } } }`,
  {
    files: { y: { classes: 10 }, l: { classes: 9 } },
  },
);

check(labelRange, `{ "data": { "train": ${mnist.replace('"y"', '▸"y"◂')}, "classes": ["a", "b", "c"] } }`, {
  files: { y: { classes: 10 } },
  message: /have 10 classes, and `classes` gives 3/,
});
check(labelRange, `{ "data": { "train": ${mnist}, "classes": 12, "test": ${mnist} } }`, {
  files: { y: { classes: 12 } },
});
check(labelRange, `{ "data": { "train": { "type": "csv", "path": ▸"t.csv"◂, "label": 0 }, "classes": 3 } }`, {
  files: { "t.csv": { classes: 4 } },
});
check(labelRange, `{ "data": { "train": ${mnist}, "classes": 10 } }`, { files: { y: { classes: 10 } } });
check(labelRange, `{ "data": { "train": ${mnist}, "classes": 10 } }`);
