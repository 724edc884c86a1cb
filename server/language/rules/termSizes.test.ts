import { check } from "../../../test/support/checkRule.ts";
import { termSizes } from "./termSizes.ts";

const sizes = { kd: 300, ce: 2 };

check(termSizes, `{ "losses": [{ "type": "kd" }, { "type": "ce", "weight": ▸0.1◂ }] }`, {
  termSizes: sizes,
  message: /`kd` was 150 times as large as `ce`/,
  severity: "warning",
});
check(termSizes, `{ "losses": [{ "type": "kd" }, { "type": ▸"ce"◂ }] }`, { termSizes: sizes });
check(termSizes, `{ "losses": [{ "type": "kd" }, { "type": "ce" }] }`, { termSizes: { kd: 100, ce: 2 } });
// A term that was named otherwise then, and one that is left out on purpose.
check(termSizes, `{ "losses": [{ "type": "kd", "name": "soft" }, { "type": "ce" }] }`, { termSizes: sizes });
check(termSizes, `{ "losses": [{ "type": "kd" }, { "type": "ce", "weight": 0 }] }`, { termSizes: sizes });
check(termSizes, `{ "losses": [{ "type": "kd" }, { "type": "ce" }] }`);
// The largest is the measure, wherever it stands; a hundred times is too much, and what is 0 is not compared.
check(termSizes, `{ "losses": [{ "type": ▸"ce"◂ }, { "type": "kd" }] }`, {
  termSizes: sizes,
  message: /`kd` was 150 times as large as `ce`/,
});
check(termSizes, `{ "losses": [{ "type": "kd" }, { "type": ▸"ce"◂ }] }`, { termSizes: { kd: 200, ce: -2 } });
check(termSizes, `{ "losses": [{ "type": "kd" }, { "type": "ce" }] }`, { termSizes: { kd: 300, ce: 0 } });
