import { check } from "../../../test/support/checkRule.ts";
import { sweepTpe } from "./sweepTpe.ts";

const sweep = (keys: string) =>
  `"sweep": { "parameters": { "temperature": { "min": 1, "max": 8 } }, ${keys} }`;
const validated = `"data": { "validation": { "split": 0.1 } }`;

check(sweepTpe, `{ ${validated}, ${sweep(`"method": "tpe", "runs": 20, "startup": 19`)} }`);
check(sweepTpe, `{ ${validated}, ${sweep(`"method": "tpe"`)} }`);
check(sweepTpe, `{ "data": {}, ${sweep(`"method": ▸"tpe"◂`)} }`, {
  severity: "error",
  message: /^`tpe` compares combinations on validation/,
  fixed: `"validation": { "split": 0.1 }`,
});
check(sweepTpe, `{ ${validated}, ${sweep(`"method": "tpe", "startup": ▸10◂`)} }`, {
  severity: "warning",
  message: /^All 10 combinations are drawn at random/,
});
check(sweepTpe, `{ ${validated}, ${sweep(`"method": "random", ▸"startup"◂: 2`)} }`, {
  severity: "warning",
  message: /counts only with `"method": "tpe"`/,
  fixes: ['Remove "startup"'],
});
