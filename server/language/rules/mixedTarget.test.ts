import { check } from "../../../test/support/checkRule.ts";
import { mixedTarget } from "./mixedTarget.ts";

check(mixedTarget, `{ "data": { "augment": [{ "type": "mixup" }] }, "losses": [{ "type": ▸"dkd"◂ }] }`, {
  message: /one true class/,
  severity: "error",
});
check(mixedTarget, `{ "data": { "augment": [{ "type": "mixup" }] }, "losses": [{ "type": "kd" }] }`);
check(mixedTarget, `{ "data": { "augment": [{ "type": "flip" }] }, "losses": [{ "type": "dkd" }] }`);
