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
check(resnetDepth, `{ "teacher": { "type": "layers", "preset": "resnet", "depth": ▸21◂ } }`, {
  fixes: ["Change to 20"],
});
check(resnetDepth, `{ "student": { "preset": "mlp", "depth": 18 } }`);
// Below 8 the schema has something against it.
check(resnetDepth, `{ "student": { "preset": "resnet", "depth": 7 } }`);
