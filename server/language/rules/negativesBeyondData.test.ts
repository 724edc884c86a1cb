import { check, mnist } from "../../../test/support/checkRule.ts";
import { negativesBeyondData } from "./negativesBeyondData.ts";

const files = { x: { count: 300 } };
const experiment = (crd: string) =>
  `{ "data": { "train": ${mnist} }, "losses": [{ ${crd} }, { "type": "ce" }] }`;

check(negativesBeyondData, experiment(`"type": "crd", "negatives": ▸300◂`), {
  files,
  message: /compares each sample with 300 others, but there are only 300 training samples/,
  fixed: `"negatives": 299`,
  severity: "warning",
});
check(negativesBeyondData, experiment(`"type": ▸"crd"◂, "student": "a", "teacher": "b"`), {
  files,
  message: /with 512 others/,
  fixed: `"teacher": "b", "negatives": 299`,
});
check(negativesBeyondData, experiment(`"type": "crd", "negatives": 299`), { files });
check(negativesBeyondData, experiment(`"type": "crd", "negatives": 300`));
check(negativesBeyondData, experiment(`"type": "kd", "temperature": 300`), { files });
// Two samples can be compared, one cannot.
check(negativesBeyondData, experiment(`"type": "crd", "negatives": ▸2◂`), {
  files: { x: { count: 2 } },
  fixed: `"negatives": 1`,
});
check(negativesBeyondData, experiment(`"type": "crd", "negatives": 2`), { files: { x: { count: 1 } } });
check(negativesBeyondData, experiment(`"type": "kd", "negatives": 300`), { files });
