import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../../test/support/checkRule.ts";
import { nothingKnown } from "../facts.ts";
import { modelOf } from "../model/model.ts";
import { parse } from "../parse.ts";
import { noTeacher } from "./noTeacher.ts";

check(noTeacher, `{ "student": {}, "losses": [{ "type": "ce" }, ▸{ "type": "kd" }◂] }`, {
  message: /`kd` needs a `teacher`/,
  severity: "error",
});
check(noTeacher, `{ "student": {}, "temperature": ▸4◂ }`);
check(noTeacher, `▸{◂ "student": {} }`, { fixed: `"student": {}, "losses": [{ "type": "ce" }] }` });
check(noTeacher, `{ "student": {}, "losses": [{ "type": "ce" }] }`);
check(noTeacher, `{ "teacher": { "type": "onnx" }, "student": {} }`);
check(noTeacher, ` ▸{◂}`, {
  message: /and there is none\. Without `losses` the experiment distils with `kd` and `ce`\.$/,
  fixed: ` {"losses": [{ "type": "ce" }]}`,
});
check(noTeacher, `{ "losses": [▸{ "type": "kd" }◂] }`, { message: /and there is none\.$/, fixes: [] });

test("an object that is still open gets no losses behind its last key", () => {
  const model = modelOf(parse(`{ "name": "a"`), nothingKnown) ?? assert.fail();
  assert.deepEqual(
    [...noTeacher.check(model)].map(({ fixes }) => fixes),
    [[]],
  );
});
