import { check, mnist } from "../../../test/support/checkRule.ts";
import { noValidation } from "./noValidation.ts";

check(noValidation, `{ ▸"data"◂: { "train": ${mnist} } }`, {
  fixed: `{ "train": ${mnist}, "validation": { "split": 0.1 } }`,
  severity: "warning",
});
check(noValidation, `{\n  ▸"data"◂: {\n    "train": ${mnist}, // all\n  }\n}`, {
  fixed: `${mnist}, // all\n    "validation": { "split": 0.1 }\n`,
});
check(
  noValidation,
  `{ ▸"data"◂: { "train": ${mnist} }, "sweep": { "parameters": { "temperature": [1, 4] } } }`,
  { message: /no combination of the sweep can be selected/, fixed: `"validation": { "split": 0.1 } }` },
);
check(noValidation, `{ ▸"data"◂: { "train": ${mnist} }, "seeds": [1, 2] }`, {
  message: /the best checkpoint/,
});
check(noValidation, `{ "data": { "validation": { "split": 0.1 } } }`);
check(noValidation, `{}`);
// Of a single combination none has to be chosen.
check(noValidation, `{ ▸"data"◂: {}, "sweep": { "parameters": { "temperature": [4] } } }`, {
  message: /the best checkpoint/,
});
