import { check } from "../../../test/support/checkRule.ts";
import { augmentedTeacher } from "./augmentedTeacher.ts";

const augment = `"augment": [{ "type": "flip" }]`;

check(augmentedTeacher, `{ "data": { ▸"augment"◂: [{ "type": "flip" }] }, "teacher": {} }`, {
  severity: "warning",
});
check(augmentedTeacher, `{ "data": { "augment": [] }, "teacher": {} }`);
check(augmentedTeacher, `{ "data": { ${augment} }, "losses": [{ "type": "ce" }] }`);
check(
  augmentedTeacher,
  `{ "data": { ${augment} }, "teacher": {}, "losses": [{ "type": "kd", "weight": 0 }] }`,
);
