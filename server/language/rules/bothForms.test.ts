import { check } from "../../../test/support/checkRule.ts";
import { bothForms } from "./bothForms.ts";

check(bothForms, `{ ▸"temperature"◂: 3, "losses": [{ "type": "ce" }] }`, { fixed: `{ "losses": [` });
check(bothForms, `{ ▸"temperature"◂: 3, ▸"alpha"◂: 0.5, "losses": [] }`, { severity: "error" });
check(bothForms, `{ "losses": [{ "type": "ce" }],\n  ▸"alpha"◂: 0.5, // the old way\n}`, {
  fixed: `{ "losses": [{ "type": "ce" }],\n  // the old way\n}`,
});
check(bothForms, `{ "temperature": 3, "alpha": 0.5 }`);
check(bothForms, `{ "losses": [{ "type": "kd", "temperature": 3 }] }`);
check(bothForms, `{ ▸"temperature"◂: 3, "losses": [] }`, {
  message: /`temperature` is shorthand for .*: give the `temperature` of each loss there/,
});
check(bothForms, `{ ▸"alpha"◂: 0.3, "losses": [] }`, {
  message: /`alpha` is shorthand for .*: give the `weight` of each loss there/,
});
