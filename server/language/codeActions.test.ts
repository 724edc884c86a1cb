import assert from "node:assert/strict";
import { test } from "node:test";
import { applied, atCursor } from "../../test/support/cursor.ts";
import { checkParsed } from "./check.ts";
import { codeActions } from "./codeActions.ts";

/** The action of this title at the cursor gives this text. */
function check(marked: string, title: string, expected: string): void {
  test(`${title} at ${marked}`, () => {
    const { text, parsed, offset } = atCursor(marked);
    const position = parsed.document.positionAt(offset);
    const actions = codeActions(parsed, { start: position, end: position }, checkParsed(parsed));
    const action = actions.find((action) => action.title === title);
    assert.ok(action, `there are ${actions.map(({ title }) => title).join(", ")}`);
    assert.equal(applied(text, action.edits), expected);
  });
}

check(`{ "stud|nt": {} }`, `Change to "student"`, `{ "student": {} }`);
check(`{ "seed": 1, "col|our": "red" }`, `Remove "colour"`, `{ "seed": 1 }`);
check(`{ "data": { "batchSize": "6|4" } }`, "Change to 64", `{ "data": { "batchSize": 64 } }`);
check(`{ "losses": |{ "type": "ce" } }`, "Put it in a list", `{ "losses": [{ "type": "ce" }] }`);
check(`{ "losses": [|{}] }`, `Add type: "ce"`, `{ "losses": [{ "type": "ce" }] }`);
check(`{ "seed": 1 |"name": "a" }`, "Insert a comma", `{ "seed": 1, "name": "a" }`);
check(
  `{ "temper|ature": 3, "alpha": 0.7 }`,
  "Write out as losses",
  `{ "losses": [{ "type": "kd", "temperature": 3, "weight": 0.7 }, { "type": "ce", "weight": 0.3 }] }`,
);
check(
  `{\n  "alpha": |0.5\n}`,
  "Write out as losses",
  `{\n  "losses": [{ "type": "kd", "temperature": 3, "weight": 0.5 }, { "type": "ce", "weight": 0.5 }]\n}`,
);

test("the fix for one place is not offered at another", () => {
  const { parsed } = atCursor(`{ "studnt": {},\n  "seed": 1| }`);
  const second = { line: 1, character: 5 };
  assert.deepEqual(codeActions(parsed, { start: second, end: second }, checkParsed(parsed)), []);
});
