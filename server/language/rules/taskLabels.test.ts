import { check, mnist } from "../../../test/support/checkRule.ts";
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

// One threshold for all labels, or one for each.
const several = (threshold: string) =>
  `{ "task": "multiLabel", "data": { "train": ${mnist}, "threshold": ${threshold} }, "losses": [{ "type": "bce" }] }`;
const files = { x: { shape: [28, 28, 1], count: 100 }, y: { task: "multiLabel", classes: 3 } } as const;
check(taskLabels, several("▸[0.3, 0.5]◂"), { files, message: /There are 2 thresholds, but 3 labels/ });
check(taskLabels, several("[0.3, 0.5, 0.5]"), { files });
check(taskLabels, several("0.3"), { files });
