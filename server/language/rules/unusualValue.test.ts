import { check } from "../../../test/support/checkRule.ts";
import { unusualValue } from "./unusualValue.ts";

check(unusualValue, `{ "optimizer": { "type": "adamw", "learningRate": ▸3◂ } }`, {
  message: /`learningRate` is usually between/,
  severity: "warning",
});
check(unusualValue, `{ "data": { "batchSize": ▸1◂ } }`);
check(unusualValue, `{ "data": { "batchSize": ▸50000◂ } }`);
check(unusualValue, `{ "losses": [{ "type": "kd", "temperature": ▸200◂ }] }`);
check(unusualValue, `{ "optimizer": { "type": "sgd", "learningRate": 0.5 }, "data": { "batchSize": 128 } }`);
// Not allowed at all: the schema's business.
check(unusualValue, `{ "optimizer": { "type": "adamw", "learningRate": 0 }, "data": { "batchSize": -5 } }`);
// At the ends of what is usual.
const batch = (size: string) => `{ "data": { "batchSize": ${size} } }`;
for (const usual of ["8", "4096", '"5"']) check(unusualValue, batch(usual));
check(unusualValue, batch("▸7◂"), {
  message: /^`batchSize` is usually between 8 and 4096; found 7\.$/,
});
check(unusualValue, batch("▸4097◂"));
