import { check, mnist } from "../../../test/support/checkRule.ts";
import { testIsTrain } from "./testIsTrain.ts";

check(
  testIsTrain,
  `{ "data": { "train": ${mnist}, "test": { "type": "idx", "images": ▸"./x"◂, "labels": "y" } } }`,
  {
    severity: "warning",
  },
);
check(
  testIsTrain,
  `{ "data": { "train": ${mnist}, "test": { "type": "idx", "images": "x2", "labels": "y2" } } }`,
);
// Two pairs of arrays out of one archive.
const npz = (part: string) =>
  `{ "type": "npz", "path": "d.npz", "features": "x_${part}", "labels": "y_${part}" }`;
check(testIsTrain, `{ "data": { "train": ${npz("train")}, "test": ${npz("test")} } }`);
