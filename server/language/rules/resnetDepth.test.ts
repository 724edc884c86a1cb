import { check } from "../../../test/support/checkRule.ts";
import { resnetDepth } from "./resnetDepth.ts";

check(resnetDepth, `{ "student": { "preset": "resnet", "depth": ▸18◂ } }`, {
  fixed: `"depth": 20`,
  severity: "error",
});
check(resnetDepth, `{ "student": { "preset": "resnet", "depth": ▸22◂ } }`, { fixed: `"depth": 20` });
check(
  resnetDepth,
  `{ "teacher": { "type": "layers", "preset": "resnet", "depth": 56 }, "student": { "preset": "resnet", "depth": 8 } }`,
);
