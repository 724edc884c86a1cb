import { check } from "../../../test/support/checkRule.ts";
import { seedForms } from "./seedForms.ts";

check(seedForms, `{ ▸"seed"◂: 1, "seeds": [1, 2] }`, { severity: "error", fixed: `{ "seeds": [1, 2] }` });
check(seedForms, `{ "seeds": [1, 2] }`);
check(seedForms, `{ "seed": 1 }`);
