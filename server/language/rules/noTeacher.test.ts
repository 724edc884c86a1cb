import { check } from "../../../test/support/checkRule.ts";
import { noTeacher } from "./noTeacher.ts";

check(noTeacher, `{ "student": {}, "losses": [{ "type": "ce" }, ▸{ "type": "kd" }◂] }`, {
  message: /`kd` needs a `teacher`/,
  severity: "error",
});
check(noTeacher, `{ "student": {}, "temperature": ▸4◂ }`);
check(noTeacher, `▸{◂ "student": {} }`, { fixed: `"student": {}, "losses": [{ "type": "ce" }] }` });
check(noTeacher, `{ "student": {}, "losses": [{ "type": "ce" }] }`);
check(noTeacher, `{ "teacher": { "type": "onnx" }, "student": {} }`);
