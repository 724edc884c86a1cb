import { check } from "../../../test/support/checkRule.ts";
import { lossName } from "./lossName.ts";

check(lossName, `{ "losses": [{ "type": "kd" }, { "type": ▸"kd"◂, "temperature": 8 }] }`, {
  fixed: `"temperature": 8, "name": "kd2" }`,
  severity: "error",
});
check(lossName, `{ "losses": [{ "type": "kd", "name": "ce" }, { "type": ▸"ce"◂ }] }`);
check(lossName, `{ "losses": [{ "type": "kd", "name": "a" }, { "type": "ce", "name": ▸"a"◂ }] }`);
check(lossName, `{ "losses": [{ "type": "kd" }, { "type": "kd", "name": "soft" }] }`);
