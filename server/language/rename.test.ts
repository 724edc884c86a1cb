import assert from "node:assert/strict";
import { test } from "node:test";
import { applied, atCursor } from "../../test/support/cursor.ts";
import { layerNameAt } from "./layerNames.ts";
import { rename, renameRange } from "./rename.ts";

function check(marked: string, newName: string, expected: string | RegExp | undefined): void {
  test(`rename to ${newName} at ${marked}`, () => {
    const { text, parsed, offset } = atCursor(marked);
    const renaming = rename(parsed, offset, newName);
    if (expected === undefined) return assert.equal(renaming, undefined);
    if (typeof expected !== "string") {
      assert.ok(renaming && "problem" in renaming);
      return assert.match(renaming.problem, expected);
    }
    assert.ok(renaming && "edits" in renaming);
    return assert.equal(applied(text, renaming.edits), expected);
  });
}

const net = (a: string, use = a) =>
  `{ "student": { "layers": [{ "type": "dense", "name": "${a}" }, { "type": "add", "inputs": ["${use}", "input"], "name": "b" }] }, "teacher": { "layers": [{ "name": "a" }] } }`;

// From the definition and from a use; the teacher's layer of the same name is another one.
check(net("a|", "a"), "c", net("c"));
check(net("a", "|a"), "c", net("c"));
check(net("a|", "a"), "b", /Another layer already has the name "b"/);
check(net("a|", "a"), "input", /what enters the net/);
check(net("a|", "a"), "two words", /not a valid layer name/);
check(`{ "name": "a|" }`, "c", undefined);
check(`{ "student": { "layers": [{ "type": "add", "inputs": ["inp|ut"] }] } }`, "c", undefined);

// Losses name layers too, each net its own.
const compared = (own: string, seen: string, definition = seen) =>
  `{ "student": { "layers": [{ "type": "dense", "name": "a" }] }, "teacher": { "layers": [{ "type": "dense", "name": "${definition}" }] }, "losses": [{ "type": "sp", "student": "${own}", "teacher": "${seen}" }, { "type": "at", "student": ["a"], "teacher": ["x", "${seen.replace("|", "")}"] }] }`;
check(compared("a", "a|", "a"), "c", compared("a", "c"));
check(compared("a", "a", "|a"), "c", compared("a", "c"));
const staged = (own: string) =>
  `{ "student": { "layers": [{ "type": "dense", "name": "${own}" }] }, "stages": [{ "losses": [{ "type": "hint", "student": "${own.replace("|", "")}" }] }], "sweep": { "parameters": { "stages[0].losses[0].student": ["${own.replace("|", "")}"] } } }`;
check(staged("a|"), "c", staged("c"));
check(
  `{ "student": { "layers": [{ "type": "dense", "name": "a" }] }, "losses": [{ "type": "hint", "student": "|a" }, { "type": "kd", "name": "a" }] }`,
  "c",
  `{ "student": { "layers": [{ "type": "dense", "name": "c" }] }, "losses": [{ "type": "hint", "student": "c" }, { "type": "kd", "name": "a" }] }`,
);

test("the layer of a loss leads to where it stands", () => {
  const leadsTo = (marked: string, place: string) => {
    const { text, parsed, offset } = atCursor(marked);
    assert.equal(layerNameAt(parsed, offset)?.place?.offset, text.indexOf(place), marked);
  };
  const losses = (layer: string) => `"losses": [{ "type": "sp", "student": "${layer}", "teacher": "t" }]`;
  const layers = `"student": { "layers": [{ "type": "dense", "name": "a" }, { "type": "flatten" }] }`;
  leadsTo(`{ ${layers}, ${losses("a|")} }`, `"a"`);
  leadsTo(`{ ${layers}, ${losses("flatten_1|")} }`, `"flatten"`);
  leadsTo(`{ "student": { "preset": "lenet" }, ${losses("conv2d_1|")} }`, `"lenet"`);
  leadsTo(
    `{ "teacher": { "type": "onnx", "path": "t.onnx" }, "losses": [{ "type": "sp", "teacher": "x|" }] }`,
    `"t.onnx"`,
  );
});

test("the name is offered without its quotes", () => {
  const { parsed, offset } = atCursor(net("a|", "a"));
  const found = renameRange(parsed, offset);
  assert.equal(found?.placeholder, "a");
  assert.equal((found?.range.end.character ?? 0) - (found?.range.start.character ?? 0), 1);
});

test("a use leads to its definition", () => {
  const { text, parsed, offset } = atCursor(net("a", "a|"));
  const found = layerNameAt(parsed, offset);
  assert.equal(found?.definition?.offset, text.indexOf('"a"'));
  assert.equal(found?.uses.length, 1);
});

// So do the values of a sweep, in the places that their paths name.
const sweeping = (a: string, use = a) =>
  `{ "student": { "layers": [{ "type": "dense", "name": "${a}" }] }, "sweep": { "parameters": { "student.layers[1].inputs": ["${use}", ["input", "${use}"]], "losses[0].student": ["${use}"], "losses[0].teacher": ["a"], "losses[1]": [{ "type": "sp", "student": "${use}", "teacher": "a" }], "losses": [[{ "type": "at", "student": ["${use}"], "teacher": ["a"] }]], "student.layers[0].activation": ["a"] } } }`;
check(sweeping("a|", "a"), "c", sweeping("c"));
check(sweeping("a").replace(`.student": ["a"`, `.student": ["|a"`), "c", sweeping("c"));
