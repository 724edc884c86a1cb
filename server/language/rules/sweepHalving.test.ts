import { check } from "../../../test/support/checkRule.ts";
import { sweepHalving } from "./sweepHalving.ts";

const sweep = (keys: string) => `"sweep": { "parameters": { "temperature": [1, 2] }${keys} }`;
const validated = `"data": { "validation": { "split": 0.1 } }`;

check(sweepHalving, `{ ${validated}, ${sweep(`, "method": "halving", "eta": 2, "rung": 4`)} }`);
check(sweepHalving, `{ ${validated}, ${sweep("")} }`);
check(sweepHalving, `{ "data": {}, ${sweep(`, "method": ▸"halving"◂`)} }`, {
  severity: "error",
  message: /compares combinations on validation/,
  fixed: `"validation": { "split": 0.1 }`,
});
check(sweepHalving, `{ ${validated}, ${sweep(`, "method": "random", ▸"eta"◂: 2`)} }`, {
  severity: "warning",
  message: /`eta` counts only with `"method": "halving"`/,
});
