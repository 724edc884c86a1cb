import { check } from "../../../test/support/checkRule.ts";
import { temperatureOne } from "./temperatureOne.ts";

check(temperatureOne, `{ "losses": [{ "type": "kd", "temperature": ▸1◂ }] }`, {
  fixed: `"temperature": 3`,
  severity: "warning",
});
check(temperatureOne, `{ "temperature": ▸1.0◂ }`);
check(temperatureOne, `{ "losses": [{ "type": "kd" }, { "type": "kd", "temperature": 2 }] }`);
check(temperatureOne, `{ "losses": [{ "type": "dist", "temperature": 1 }] }`);
check(temperatureOne, `{ "losses": [{ "type": "dkd", "temperature": ▸1◂ }] }`, { fixes: ["Change to 3"] });
