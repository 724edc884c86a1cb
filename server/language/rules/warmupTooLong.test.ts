import { check, mnist } from "../../../test/support/checkRule.ts";
import { warmupTooLong } from "./warmupTooLong.ts";

check(warmupTooLong, `{ "schedule": { "type": "cosine", "warmup": ▸500◂ }, "training": { "steps": 500 } }`, {
  severity: "warning",
});
// 1 000 samples in batches of 100, 2 epochs: 20 steps
check(
  warmupTooLong,
  `{ "data": { "train": ${mnist}, "batchSize": 100 }, "schedule": { "warmup": ▸20◂ }, "training": { "epochs": 2 } }`,
  { files: { x: { count: 1000 } }, message: /20 steps, the whole run 20/ },
);
check(warmupTooLong, `{ "schedule": { "warmup": 499 }, "training": { "steps": 500 } }`);
check(warmupTooLong, `{ "schedule": { "warmup": 1000000 } }`);
