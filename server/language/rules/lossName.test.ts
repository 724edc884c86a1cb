import { check } from "../../../test/support/checkRule.ts";
import { lossName } from "./lossName.ts";

check(lossName, `{ "losses": [{ "type": "kd" }, { "type": ▸"kd"◂, "temperature": 8 }] }`, {
  fixed: `"temperature": 8, "name": "kd2" }`,
  severity: "error",
});
check(lossName, `{ "losses": [{ "type": "kd", "name": "ce" }, { "type": ▸"ce"◂ }] }`);
check(lossName, `{ "losses": [{ "type": "kd", "name": "a" }, { "type": "ce", "name": ▸"a"◂ }] }`);
check(lossName, `{ "losses": [{ "type": "kd" }, { "type": "kd", "name": "soft" }] }`);
const kds = (...names: string[]) =>
  `{ "losses": [${names.map((name) => `{ "type": "kd", "name": "${name}" }`).join(", ")}, { "type": ▸"kd"◂ }] }`;
check(lossName, kds("kd", "kd2"), { fixes: ['Name it "kd3"'] });
check(lossName, kds("kd", "kd2", "kd3", "kd4", "kd5", "kd6", "kd7", "kd8"), { fixes: ['Name it "kd9"'] });
check(lossName, kds("kd", "kd2", "kd3", "kd4", "kd5", "kd6", "kd7", "kd8", "kd9"), {
  fixes: ['Name it "kdAgain"'],
});
