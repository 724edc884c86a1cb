import { check } from "../../../test/support/checkRule.ts";
import { epochsAndSteps } from "./epochsAndSteps.ts";

check(epochsAndSteps, `{ "training": { "epochs": 3, ▸"steps"◂: 100 } }`, { fixed: `{ "epochs": 3 }` });
check(epochsAndSteps, `{ "teacher": { "train": { ▸"steps"◂: 100, "epochs": 3 } } }`, { severity: "error" });
check(epochsAndSteps, `{ "training": { "epochs": 3 }, "teacher": { "train": { "steps": 100 } } }`);
