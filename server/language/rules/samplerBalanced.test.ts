import { check } from "../../../test/support/checkRule.ts";
import { samplerBalanced } from "./samplerBalanced.ts";

check(samplerBalanced, `{ "task": "regression", "data": { "sampler": ▸"balanced"◂ } }`, {
  severity: "error",
  message: /in the task `regression` samples have none/,
  fixed: `{ "task": "regression", "data": { } }`,
});
check(samplerBalanced, `{ "data": { "unlabelled": {}, "sampler": ▸"balanced"◂ } }`, {
  message: /"share": 0\.5/,
});
check(samplerBalanced, `{ "data": { "unlabelled": { "share": 0.5 }, "sampler": "balanced" } }`);
check(samplerBalanced, `{ "data": { "unlabelled": {}, "sampler": "all" } }`);
