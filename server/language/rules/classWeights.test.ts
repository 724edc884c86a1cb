import { check, mnist } from "../../../test/support/checkRule.ts";
import { classWeights } from "./classWeights.ts";

const files = { x: { shape: [28, 28, 1], count: 100 }, y: { classes: 3 } };
const weighted = (weights: string) => `{ "type": "ce", "classWeights": ${weights} }`;
const experiment = (more: string) => `{ "data": { "train": ${mnist} }, ${more} }`;

check(classWeights, experiment(`"losses": [${weighted("▸[1, 2]◂")}]`), {
  files,
  severity: "error",
  message: /^There are 2 class weights, but 3 classes\. Give one number per class\.$/,
});
check(classWeights, experiment(`"losses": [{ "type": "kd" }, ${weighted("[1, 2, 0.5]")}]`), { files });
check(
  classWeights,
  experiment(`"baselines": { "studentAlone": { "losses": [${weighted("▸[1, 1, 1, 1]◂")}] } }`),
  {
    files,
  },
);
// The student may tell more classes apart than the data has.
const four = (weights: string) =>
  `"student": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": 4 }] }, "losses": [${weighted(weights)}]`;
check(classWeights, experiment(four("[1, 2, 3, 4]")), { files });
check(classWeights, experiment(four("▸[1, 2, 3]◂")), { files });
// How many classes there are is not known.
check(classWeights, experiment(`"losses": [${weighted("[1, 2]")}]`));
