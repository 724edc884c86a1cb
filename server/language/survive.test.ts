import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Range } from "vscode-languageserver-types";
import { applyRandomEdit, randomEdit, randomText } from "../../test/support/edits.ts";
import { anchors } from "./anchors.ts";
import { checkParsed } from "./check.ts";
import { codeActions } from "./codeActions.ts";
import { codeLenses } from "./codeLens.ts";
import { complete } from "./completion/complete.ts";
import type { FileKnowledge, Knowledge } from "./facts.ts";
import { foldingRanges, selectionRanges } from "./folding.ts";
import { format } from "./format.ts";
import { hover } from "./hover.ts";
import { inlayHints } from "./inlayHints.ts";
import { layerNameAt } from "./layerNames.ts";
import { fileLinks } from "./links.ts";
import { modelOf } from "./model/model.ts";
import { outline } from "./outline.ts";
import { dataOf, type Parsed, parse } from "./parse.ts";
import { rename, renameRange } from "./rename.ts";

/** Files that every experiment finds, so that rules about shapes and classes have something to say. */
const knowledge: Knowledge = ({ kind }): FileKnowledge => {
  switch (kind) {
    case "onnx":
    case "tfjs":
      return { facts: { parameters: 100, outputs: [{ name: "y", shape: [-1, 10] }], endsInSoftmax: true } };
    default:
      return { facts: { count: 1000, shape: [28, 28, 1], classes: 10 } };
  }
};

/** Milliseconds. They take one or two; this is for what would never come to an end. */
const hang = 30_000;

/** Every feature at one place of one text: none may throw, hang, or speak of a place outside the text. */
function exercise(text: string, place: number): void {
  const begin = performance.now();
  const parsed = parse(text);
  const offset = Math.floor(place * text.length);
  const position = parsed.document.positionAt(offset);
  const here = { start: position, end: position };
  const diagnostics = checkParsed(parsed, { knowledge });
  const completion = complete(parsed, offset);
  const items = completion.path ? completion.finish([{ name: "a.onnx", isFolder: false }]) : completion.items;
  const model = modelOf(parsed, knowledge);
  const renaming = rename(parsed, offset, "other");
  const answers: unknown[] = [
    diagnostics,
    items,
    hover(parsed, offset, knowledge),
    model && inlayHints(model, { offset: 0, length: text.length }),
    codeActions(parsed, here, diagnostics),
    codeLenses(parsed, "file:///a", []),
    fileLinks(parsed),
    outline(parsed),
    foldingRanges(parsed).map(({ startLine, endLine }) => lines(startLine, endLine)),
    selectionRanges(parsed, [position]),
    format(parsed, { tabSize: 2, insertSpaces: true }),
    renameRange(parsed, offset),
    renaming,
    layerNameAt(parsed, offset)?.name,
    anchors(parsed),
  ];
  const took = performance.now() - begin;
  assert.ok(took < hang, `took ${took} ms`);
  for (const answer of answers) insideOnly(answer, parsed);
}

const lines = (start: number, end: number) => ({
  range: { start: { line: start, character: 0 }, end: { line: end, character: 0 } },
});

/** Every range anywhere in an answer lies in the text, and begins before it ends. */
function insideOnly(answer: unknown, { document }: Parsed): void {
  if (typeof answer !== "object" || answer === null) return;
  if ("start" in answer && "end" in answer) {
    const { start, end } = answer as Range;
    for (const place of [start, end]) {
      assert.deepEqual(
        document.positionAt(document.offsetAt(place)),
        place,
        `outside: ${JSON.stringify(answer)}`,
      );
    }
    assert.ok(document.offsetAt(start) <= document.offsetAt(end), `backwards: ${JSON.stringify(answer)}`);
    return;
  }
  for (const part of Object.values(answer)) insideOnly(part, { document } as Parsed);
}

test("50 000 random edits: no crash, no hang, no place outside the text", () => {
  fc.assert(
    fc.property(randomText, fc.array(randomEdit, { minLength: 50, maxLength: 50 }), (begin, edits) => {
      let text = begin;
      for (const edit of edits) {
        text = applyRandomEdit(text, edit);
        exercise(text, edit.place);
      }
    }),
    { numRuns: 1000 },
  );
});

/** Values that could stand anywhere: of every type, some of them parts of experiments, some absurd. */
const strangeValue = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -1,
    1e308,
    0.5,
    2 ** 53,
    "",
    "a",
    "input",
    "../../..",
    null,
    true,
    [],
    {},
    [[[]]],
    { type: "kd" },
    { type: "layers", preset: "resnet", depth: 1202, train: {} },
    { type: "layers", layers: [{ type: "add", inputs: ["a", "b"] }] },
    [{ type: "flatten" }, { type: "dense", units: 1e9 }, { type: "reshape", targetShape: [-1, -1] }],
    [{ type: "conv2d", filters: 1, kernelSize: [1000, 1], dilationRate: 99 }],
    { preset: "mlp", hidden: [1e9, 1] },
    { model: "m.json" },
    { constructor: 1, ["__proto__"]: { type: "kd" }, toString: "x" },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const mutation = fc.record({
  place: fc.nat(1000),
  value: strangeValue,
  rename: fc.option(fc.constantFrom("type", "preset", "layers", "x", "inputs", "name")),
});

/** The value with something else at one of its places. */
function mutated(
  value: unknown,
  { place, value: strange, rename }: { place: number; value: unknown; rename: string | null },
): unknown {
  let count = 0;
  const visit = (node: unknown): unknown => {
    if (count++ === place) return strange;
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => [
        count === place && rename !== null ? rename : key,
        visit(child),
      ]),
    );
  };
  return visit(value);
}

test("10 000 experiments that are JSON and absurd: every rule survives", () => {
  fc.assert(
    fc.property(
      randomText,
      fc.array(mutation, { minLength: 1, maxLength: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (begin, mutations, place) => {
        const value = mutations.reduce<unknown>(
          (value, { place, ...rest }) => mutated(value, { place: place % 60, ...rest }),
          dataOf(parse(begin).root) ?? {},
        );
        exercise(JSON.stringify(value, null, 2) ?? "", place);
      },
    ),
    { numRuns: 10_000 },
  );
});

const swept = {
  data: { train: { type: "npz", path: "a.npz", features: "x", labels: "y" }, validation: { split: 0.1 } },
  teacher: { type: "onnx", path: "t.onnx" },
  student: { preset: "mlp", hidden: [8] },
  losses: [{ type: "kd", weight: { from: 1, to: 0, over: 9 } }, { type: "ce" }],
  seed: 3,
  sweep: {
    parameters: { "losses[0].temperature": [2, 4], "student.hidden": [[8], [4]] },
    conditions: { "student.hidden": { "losses[0].temperature": [4] } },
    method: "random",
    runs: 2,
  },
};
const strangers = [-1, 1e308, "a", null, {}, [{}]];

test("each value of a sweep, with something else in its place", () => {
  const parts = JSON.stringify(swept).match(/[{[,:]/g)?.length ?? 0;
  for (const experiment of [swept, { ...swept, seed: undefined, seeds: [1, 2] }]) {
    for (let place = 1; place < parts; place++)
      for (const value of strangers)
        exercise(JSON.stringify(mutated(experiment, { place, value, rename: null }), null, 1), 0.5);
  }
});

const example = (name: string) =>
  readFileSync(new URL(`../../examples/${name}/${name}.distill.json`, import.meta.url), "utf8");
const table = `{ "data": { "train": { "type": "csv", "path": "a.csv", "label": "y" } }, "student": { "preset": "mlp", "hidden": [4] }, "losses": [{ "type": "ce" }] }`;
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const listed = (count: number, item: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join(",");
const odd: Readonly<Record<string, string>> = {
  "with a byte order mark": `\uFEFF${table}`,
  "with lines as Windows ends them": example("digits").replaceAll("\n", "\r\n"),
  "with lines as old Macs ended them": example("digits").replaceAll("\n", "\r"),
  "of nothing": "",
  "that is no object": `[${table}]`,
  "with comments and trailing commas": table.replace("}]", "}, /* ü */],").replace("{", "{ // 😀\n"),
  "with keys that stand twice": table.replace('"losses"', '"data": {}, "losses"'),
  "with names of other scripts": table.replaceAll("a.csv", "Größe & 層/😀\u202e ä.csv"),
  "nested too deeply": table.replace("4", nested("[", "]", 5000)),
  "of objects nested too deeply": nested('{"a":', "}", 5000),
  "of brackets that stay open": "[".repeat(20_000),
  "of a megabyte in one word": table.replace("a.csv", "a".repeat(1e6)),
  "of a megabyte in a comment": `/*${"x".repeat(1e6)}*/${table}`,
  "of a sweep of thousands": table.replace(
    '"losses"',
    `"sweep": { "parameters": { "seed": [${listed(4000, String)}] } }, "losses"`,
  ),
  "of thousands of layers": table.replace(
    '"preset": "mlp", "hidden": [4]',
    `"layers": [${listed(4000, (i) => `{ "type": "dense", "units": 9, "name": "l${i}" }`)}]`,
  ),
};
for (const [what, text] of Object.entries(odd))
  test(`a text ${what}: no crash, no hang, no place outside the text`, () => {
    for (let place = 0; place <= 1; place += text.length > 20_000 ? 0.5 : 0.04) exercise(text, place);
  });

test("each beginning of an example as it is typed: no crash, no place outside the text", () => {
  for (const name of ["digits", "mnist"]) {
    const text = example(name);
    for (let end = 0; end <= text.length; end++) exercise(text.slice(0, end), 1);
  }
});
