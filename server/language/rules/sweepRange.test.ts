import { check } from "../../../test/support/checkRule.ts";
import { sweepRange } from "./sweepRange.ts";

const sweep = (range: string, more = `, "method": "random"`) =>
  `{ "sweep": { "parameters": { "temperature": ${range} }${more} } }`;

check(sweepRange, sweep(`{ "min": 1, "max": 8 }`));
check(sweepRange, sweep(`{ "min": 0.5, "max": 0.5 }`));
check(sweepRange, sweep(`{ "min": ▸8◂, "max": 1 }`), {
  severity: "error",
  message: /found 8 as `min` and 1/,
});
check(sweepRange, sweep(`{ "min": ▸0◂, "max": 1, "log": true }`), { message: /above 0; found 0/ });
check(sweepRange, sweep(`{ "min": ▸1.2◂, "max": 1.8, "integer": true }`), {
  message: /no whole number from 1.2 to 1.8/,
});
check(sweepRange, sweep(`[1, 2]`, ""));

// A grid of a range has no end.
check(sweepRange, `{ "sweep": { "parameters": { ▸"temperature"◂: { "min": 1, "max": 8 } } } }`, {
  message: /`temperature` has a range/,
  fixed: `"method": "random"`,
});
check(sweepRange, sweep(`{ "min": 1, "max": 8 }`, `, "method": ▸"grid"◂`), { fixed: `"method": "random"` });

// Whole bounds, which leave nothing between them.
const share = (range: string, path = "alpha") =>
  `{ "student": { "preset": "mlp", "hidden": [4] }, "sweep": { "parameters": { "${path}": ${range} }, "method": "random" } }`;
check(sweepRange, share(`{ "min": 0, "max": 1 }`).replace(`"alpha"`, `▸"alpha"◂`), {
  severity: "warning",
  message: /^Both bounds are whole, so only 0 and 1 are drawn\.$/,
  fixed: `"max": 1, "integer": false`,
});
check(sweepRange, share(`{ "min": 0, "max": 1, "integer": true }`));
check(sweepRange, share(`{ "min": 0, "max": 2 }`));
check(sweepRange, share(`{ "min": 3, "max": 4 }`, "student.hidden[0]"));
