import { check, mnist } from "../../../test/support/checkRule.ts";
import { noValidation } from "./noValidation.ts";

check(noValidation, `{ ▸"data"◂: { "train": ${mnist} } }`, {
  fixed: `{ "train": ${mnist}, "validation": { "split": 0.1 } }`,
  severity: "warning",
});
check(noValidation, `{\n  ▸"data"◂: {\n    "train": ${mnist}, // all\n  }\n}`, {
  fixed: `${mnist},\n    "validation": { "split": 0.1 } // all\n`,
});
check(noValidation, `{ "data": { "validation": { "split": 0.1 } } }`);
check(noValidation, `{}`);
