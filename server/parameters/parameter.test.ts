import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choice,
  integer,
  list,
  number,
  optional,
  type Parameter,
  parameter,
  required,
  resolveParameter,
  text,
  valuesOf,
  varied,
} from "./parameter.ts";

/** Each value is read as the one beside it; undefined: it is refused. */
function check(
  name: string,
  given: Parameter<unknown>,
  cases: readonly (readonly [unknown, unknown])[],
): void {
  test(name, () => {
    for (const [value, expected] of cases)
      assert.deepEqual(resolveParameter(given, value)?.value, expected, JSON.stringify(value));
  });
}

check("an integer in a range", integer("", { minimum: 1, maximum: 3 }), [
  [1, 1],
  [3, 3],
  [0, undefined],
  [4, undefined],
  [1.5, undefined],
  [2 ** 53, undefined],
  ["1", undefined],
  [undefined, undefined],
]);

check(
  "a number between bounds that do not belong to it",
  number("", { exclusiveMinimum: 0, exclusiveMaximum: 1 }),
  [
    [0.5, 0.5],
    [0, undefined],
    [1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ],
);

const rate = number("", { minimum: 0, default: 0.5 });
check("what is left out is the default", rate, [
  [undefined, 0.5],
  [0, 0],
  [null, undefined],
]);
check("another default", varied(rate, { default: 1 }), [[undefined, 1]]);
check("no default any more", required(rate), [
  [undefined, undefined],
  [1, 1],
]);
check("what may be left out without a default is null", optional(integer("")), [
  [undefined, null],
  [2, 2],
]);

check("one of several words", choice("", ["a", "b"]), [
  ["a", "a"],
  ["c", undefined],
]);
check("a text of a form", text("", { pattern: "^[a-z]+$" }), [
  ["ab", "ab"],
  ["A", undefined],
  [1, undefined],
]);
check("a list, and how many there are", list("", integer("", { minimum: 0 }), { minItems: 1, maxItems: 2 }), [
  [[0], [0]],
  [[], undefined],
  [[1, 2, 3], undefined],
  [[1, -1], undefined],
  [1, undefined],
]);

const pair = parameter<readonly number[]>(
  { oneOf: [{ type: "integer" }, { type: "array", items: { type: "integer" } }], default: 2 },
  (value: number | readonly number[]) => (typeof value === "number" ? [value, value] : value),
);
check("a shorter form, also of the default", pair, [
  [3, [3, 3]],
  [
    [1, 2],
    [1, 2],
  ],
  [undefined, [2, 2]],
  ["3", undefined],
]);

test("an object has all keys that are required, and no others than it may", () => {
  const line = parameter({
    type: "object",
    required: ["from"],
    properties: { from: { type: "number", minimum: 0 }, over: { type: "integer" } },
  });
  for (const given of [{ from: 1 }, { from: 0.5, over: 3 }])
    assert.deepEqual(resolveParameter(line, given), { value: given });
  for (const given of [{}, { from: -1 }, { from: 1, over: 0.5 }, { from: 1, to: 2 }, [], null, 1])
    assert.equal(resolveParameter(line, given), undefined, JSON.stringify(given));
});

test("values that are not given are the defaults, and null where there is none", () => {
  const parameters = {
    size: integer("A size.", { default: 3 }),
    name: optional(text("A name.")),
    kind: text("A kind."),
  };
  assert.deepEqual(valuesOf(parameters, { kind: "a" }), { size: 3, name: null, kind: "a" });
  assert.deepEqual(valuesOf(parameters, { kind: "a", size: 1, name: "b" }), {
    size: 1,
    name: "b",
    kind: "a",
  });
  assert.throws(() => valuesOf(parameters, {}), /^Error: The key kind is missing$/);
});

test("a form that is not known is a bug", () => {
  assert.throws(() => resolveParameter(parameter({}), {}), /form is not known/);
});
