import { check } from "../../../test/support/checkRule.ts";
import { augmentedTeacher } from "./augmentedTeacher.ts";

const augment = `"augment": [{ "type": "flip" }]`;

check(augmentedTeacher, `{ "data": { ▸"augment"◂: [{ "type": "flip" }] }, "teacher": {} }`, {
  severity: "warning",
  fixed: `{ "data": { "augment": [{ "type": "flip" }], "views": 4 }, "teacher": {} }`,
});
check(augmentedTeacher, `{ "data": { ${augment}, "views": 4 }, "teacher": {} }`);
check(
  augmentedTeacher,
  `{ "data": { ${augment}, "views": ▸4◂ }, "teacher": {},
     "losses": [{ "type": "hint", "student": "a", "teacher": "b" }] }`,
  { severity: "warning", message: /`hint` compares layers/ },
);
check(augmentedTeacher, `{ "data": { "augment": [] }, "teacher": {} }`);
check(augmentedTeacher, `{ "data": { ${augment} }, "losses": [{ "type": "ce" }] }`);
check(
  augmentedTeacher,
  `{ "data": { ${augment} }, "teacher": {}, "losses": [{ "type": "kd", "weight": 0 }] }`,
);
