import assert from "node:assert/strict";
import { test } from "node:test";
import { applied, atCursor } from "../../test/support/cursor.ts";
import { checkParsed } from "./check.ts";
import { codeActions } from "./codeActions.ts";
import { parse } from "./parse.ts";

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

/** Fix All gives this text, wherever the cursor is; undefined where it has nothing to do. */
function checkFixAll(text: string, expected: string | undefined): void {
  test(`fix all of ${text}`, () => {
    const parsed = parse(text);
    const start = { line: 0, character: 0 };
    const kinds = ["source", "source.fixAll", "source.fixAll.distill"];
    for (const only of kinds) {
      const [action, ...others] = codeActions(parsed, { start, end: start }, [], [only]);
      assert.deepEqual(others, []);
      assert.equal(action?.kind, action && "source.fixAll.distill");
      assert.equal(action && applied(text, action.edits), expected);
    }
    for (const only of ["source.organizeImports", "source.fixAll.eslint", "refactor", "quickfix"])
      assert.deepEqual(codeActions(parsed, { start, end: start }, [], [only]), []);
  });
}

checkFixAll(
  `{ "studnet": { "preste": "mlp", "hidden": 8 }, "data": { "batchSize": "64" } }`,
  `{ "student": { "preset": "mlp", "hidden": [8] }, "data": { "batchSize": 64 } }`,
);
checkFixAll(`{ "seed": 1 "name": "a" }`, `{ "seed": 1, "name": "a" }`);
checkFixAll(
  `{ "losses": [{ "tpye": "kd", "wieght": "0.5" }] }`,
  `{ "losses": [{ "type": "kd", "weight": 0.5 }] }`,
);
checkFixAll(`{ "colour": "red" }`, undefined); // To remove it is no correction.
checkFixAll(`{ "losses": [{}] }`, undefined); // Which loss, only the person knows.
checkFixAll(`{ "losses": [{ "type": "cd" }] }`, undefined); // "kd" is as near as "ce".
checkFixAll(`{ "seed": 1, "sed": 2 }`, undefined);

test("what mends two findings at one place is offered once", () => {
  const parsed = parse('{ "a": 1 }');
  const range = { start: { line: 0, character: 2 }, end: { line: 0, character: 5 } };
  const way = (directory: string) => ({
    title: "Show the run",
    edits: [],
    command: { command: "distill.openCharts", arguments: [directory] },
  });
  const found = (code: string, ...fixes: ReturnType<typeof way>[]) =>
    ({ code, severity: "warning", message: code, range, fixes, related: [] }) as const;
  const offered = codeActions(parsed, range, [found("a", way("/1")), found("b", way("/1"), way("/2"))]);
  assert.deepEqual(
    offered.map(({ command, diagnostic }) => [command?.arguments[0], diagnostic?.code]),
    [
      ["/1", "a"],
      ["/2", "b"],
    ],
  );
});

test("the fix for one place is not offered at another", () => {
  const { parsed } = atCursor(`{ "studnt": {},\n  "seed": 1| }`);
  const second = { line: 1, character: 5 };
  assert.deepEqual(codeActions(parsed, { start: second, end: second }, checkParsed(parsed)), []);
});
