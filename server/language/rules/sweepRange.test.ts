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
