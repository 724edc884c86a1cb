import { check } from "../../../test/support/checkRule.ts";
import { ownLoss } from "../../../test/support/ownLoss.ts";
import { teacherUnseen } from "./teacherUnseen.ts";

check(teacherUnseen, `{ "teacher": {}, ▸"losses"◂: [{ "type": "ce" }] }`, {
  fixed: `[{ "type": "kd", "temperature": 3 }, { "type": "ce" }]`,
  severity: "error",
});
check(
  teacherUnseen,
  `{ "teacher": {}, ▸"losses"◂: [\n    { "type": "ce" },\n    { "type": "labelSmoothing" }\n  ] }`,
  {
    fixed: `[\n    { "type": "kd", "temperature": 3 },\n    { "type": "ce" },`,
  },
);
check(teacherUnseen, `{ "teacher": {}, "losses": [{ "type": "kd" }] }`);
check(teacherUnseen, `{ "teacher": {}, "alpha": 0.5 }`);
check(teacherUnseen, `{ "losses": [{ "type": "ce" }] }`);
// A loss without a type may yet become one that sees the teacher.
check(teacherUnseen, `{ "teacher": {}, "losses": [{ "type": "ce" }, {}] }`);
// What it means may see the teacher: the misspelling is the only mistake.
check(teacherUnseen, `{ "teacher": {}, "losses": [{ "type": "kdd" }, { "type": "ce" }] }`);

const own = (seesTeacher: boolean) => ownLoss({ seesTeacher });
check(teacherUnseen, `{ "teacher": {}, ▸"losses"◂: [{ "type": "./own.ts" }] }`, { files: own(false) });
check(teacherUnseen, `{ "teacher": {}, "losses": [{ "type": "./own.ts" }] }`, { files: own(true) });
// A module that is missing or cannot be read may see it.
check(teacherUnseen, `{ "teacher": {}, "losses": [{ "type": "./own.ts" }] }`);
