import { check } from "../../../test/support/checkRule.ts";
import { ownLoss } from "../../../test/support/ownLoss.ts";
import { lossTask } from "./lossTask.ts";

const own = (...tasks: string[]) => ownLoss({ tasks, seesTeacher: true });
const losses = (type: string) => `{ "task": "regression", "losses": [{ "type": ${type} }] }`;

check(lossTask, losses(`▸"./own.ts"◂`), {
  files: own("classification"),
  message: /for classification, .* the module says so: tasks: \["regression"\]\.$/,
});
check(lossTask, losses(`"./own.ts"`), { files: own("regression") });
check(lossTask, losses(`"./own.ts"`));
