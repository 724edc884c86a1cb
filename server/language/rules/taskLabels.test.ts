import { check } from "../../../test/support/checkRule.ts";
import { taskLabels } from "./taskLabels.ts";

const regression = (rest: string) => `{ "task": "regression", ${rest} }`;

// Numbers are compared as they are: nothing of them is softened.
check(taskLabels, regression(`"losses": [{ "type": "kd", ▸"temperature": 4◂ }, { "type": "mse" }]`), {
  severity: "warning",
  message: /^`temperature` does nothing in a regression/,
  fixed: `"losses": [{ "type": "kd" }, { "type": "mse" }]`,
});
check(taskLabels, regression(`▸"temperature": 4◂`), { severity: "warning" });
check(taskLabels, regression(`"losses": [{ "type": "kd", ▸"standardize": true◂ }]`), { severity: "warning" });
check(taskLabels, `{ "task": "multiLabel", "losses": [{ "type": "kd", "temperature": 4 }] }`);
