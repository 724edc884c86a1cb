import { readFileSync } from "node:fs";
import fc from "fast-check";
import { startingPoints } from "../../server/language/startingPoints.ts";

/** A change of a text, at a place given as a share of its length. */
export interface RandomEdit {
  readonly place: number;
  readonly remove: number;
  readonly insert: string;
}

const pieces = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "//",
  "/*",
  "*/",
  "\n",
  " ",
  "\\",
  "-",
  "1e999",
  "null",
  "true",
  "\u0000",
  "\ud83d",
  "é",
  "\r\n",
  '"type": "kd"',
  '"losses": [',
  '"layers": [',
  '{ "type": "dense", "units": 3 }',
  '"inputs": ["a", ',
  '"name": "a"',
  '"preset": "mlp"',
  '"hidden": [1]',
  '"path": "../',
  '"__proto__": {',
  '"constructor"',
  '"data": { "train": ',
  '"teacher": {',
  "99999999999999999999",
  '"depth": 1202',
];

export const randomEdit: fc.Arbitrary<RandomEdit> = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.nat(200) },
  ),
  insert: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces) },
    { weight: 2, arbitrary: fc.string({ maxLength: 4 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
  ),
});

export const applyRandomEdit = (text: string, { place, remove, insert }: RandomEdit): string => {
  const at = Math.floor(place * text.length);
  return text.slice(0, at) + insert + text.slice(at + remove);
};

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/mnist/${name}`, import.meta.url), "utf8");

/** Initial texts: complete, partial, empty. */
export const randomText: fc.Arbitrary<string> = fc.constantFrom(
  "",
  '{ "losses": [ { "type": "kd", ',
  ...startingPoints.map(({ text }) => text),
  example("mnist.distill.json"),
);
