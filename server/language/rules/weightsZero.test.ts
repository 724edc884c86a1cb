import { check } from "../../../test/support/checkRule.ts";
import { weightsZero } from "./weightsZero.ts";

check(weightsZero, `{ ▸"losses"◂: [{ "type": "kd", "weight": 0 }, { "type": "ce", "weight": 0 }] }`, {
  message: /All weights are 0/,
  severity: "warning",
});
check(weightsZero, `{ "teacher": {}, ▸"losses"◂: [{ "type": "kd", "weight": 0 }, { "type": "ce" }] }`, {
  message: /labels only/,
});
check(weightsZero, `{ "teacher": {}, ▸"alpha"◂: 0 }`);
check(weightsZero, `{ "losses": [{ "type": "kd", "weight": { "from": 0, "to": 1, "over": 10 } }] }`);
check(weightsZero, `{ "losses": [] }`);
// Where nothing sees the teacher, or something does, the labels' own weights are nobody's business.
const nothing = `{ "type": "kd", "weight": 0 }`;
check(weightsZero, `{ "losses": [${nothing}, { "type": "ce" }] }`);
check(
  weightsZero,
  `{ "teacher": {}, "losses": [{ "type": "labelSmoothing", "weight": 0 }, { "type": "ce" }] }`,
);
check(weightsZero, `{ "teacher": {}, "losses": [${nothing}, { "type": "dkd" }, { "type": "ce" }] }`);
check(
  weightsZero,
  `{ "teacher": {}, ▸"losses"◂: [${nothing}, { "type": "dkd", "weight": 0 }, { "type": "ce" }] }`,
);
