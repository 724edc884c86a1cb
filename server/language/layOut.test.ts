import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "./layOut.ts";
import { parse } from "./parse.ts";

const check = (text: string, expected: string): void => {
  assert.equal(layOut(parse(text)), expected);
  assert.equal(layOut(parse(expected)), expected, "what is laid out stays so");
};

test("texts that differ in white space alone are laid out alike", () => {
  const expected = `{
  "student": {
    "layers": [
      {
        "type": "dense",
        "units": 8
      },
      {}
    ],
    "hidden": [64, 32]
  },
  "losses": []
}
`;
  check(expected, expected);
  check(expected.replace(/\s+/g, ""), expected);
  check(expected.replace(/\s+/g, " "), expected);
  check(expected.replace(/([[{:,\]}])/g, "$1\r\n"), expected);
});

test("comments stay where they are: behind something, or on a line of their own", () => {
  check(
    '// whole\n{"a":[1, // one\n2], /* both */ "b": {\n\n// inside\n}}',
    `// whole
{
  "a": [
    1, // one
    2
  ], /* both */ "b": {
    // inside
  }
}
`,
  );
});

test("a text that is not JSON is left as it is", () => {
  check('{ "a": [ }', '{ "a": [ }');
});
