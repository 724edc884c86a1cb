import { check } from "../../../test/support/checkRule.ts";
import { lossTask } from "./lossTask.ts";

const own = (...tasks: string[]) => ({
  "./own.ts": {
    module: {
      kind: "loss",
      schema: {
        description: "Own.",
        type: "object",
        tasks,
        seesTeacher: true,
        properties: { type: { type: "string", const: "./own.ts" } },
        required: ["type"],
      },
    } as const,
  },
});
const losses = (type: string) => `{ "task": "regression", "losses": [{ "type": ${type} }] }`;

check(lossTask, losses(`▸"./own.ts"◂`), {
  files: own("classification"),
  message: /for classification, .* the module says so: tasks: \["regression"\]\.$/,
});
check(lossTask, losses(`"./own.ts"`), { files: own("regression") });
check(lossTask, losses(`"./own.ts"`));
