import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentSymbol } from "vscode-languageserver-types";
import { applied } from "../../test/support/cursor.ts";
import { anchors } from "./anchors.ts";
import { foldingRanges, selectionRanges } from "./folding.ts";
import { format } from "./format.ts";
import { fileLinks } from "./links.ts";
import { outline } from "./outline.ts";
import { parse } from "./parse.ts";

const text = `{
  "data": { "train": { "type": "csv", "path": "d.csv", "label": 0 } },
  "student": {
    "layers": [
      { "type": "flatten" },
      { "type": "dense", "units": 10, "name": "logits" }
    ]
  },
  "losses": [{ "type": "kd", "name": "soft" }, { "type": "ce" }]
}`;

const tree = (symbols: readonly DocumentSymbol[]): string =>
  symbols
    .map(({ name, detail, children = [] }) => {
      return `${name}${detail ? `:${detail}` : ""}${children.length > 0 ? `(${tree(children)})` : ""}`;
    })
    .join(" ");

test("the outline names layers and losses", () => {
  assert.equal(
    tree(outline(parse(text))),
    "data(train:csv(type:csv path:d.csv label:0)) " +
      "student(layers:2(flatten(type:flatten) logits:dense(type:dense units:10 name:logits))) " +
      "losses:2(soft:kd(type:kd name:soft) ce(type:ce))",
  );
});

test("the outline says how many experiments a sweep is", () => {
  const swept = `{ "seeds": [1, 2], "sweep": { "parameters": { "alpha": [0, 0.5, 1] } } }`;
  assert.equal(tree(outline(parse(swept))), "seeds:2 sweep:6 experiments(parameters(alpha:3))");
});

test("layers have no keys in the outline where they are thousands", () => {
  const layers = (count: number) =>
    `{ "student": { "layers": [${Array(count).fill('{ "type": "dense", "units": 1 }').join(", ")}] } }`;
  assert.match(
    tree(outline(parse(layers(1000)))),
    /^student\(layers:1000\(dense\(type:dense units:1\) dense\(/,
  );
  assert.match(tree(outline(parse(layers(1001)))), /^student\(layers:1001\(dense dense /);
});

test("a selection lies within its symbol, also in a half-typed text", () => {
  for (const half of [text, `{ "a": { "b": [ { "c`, `{ "": 1, "x": }`]) {
    const visit = ({ range, selectionRange, children = [] }: DocumentSymbol) => {
      const inside = (a: typeof range.start, b: typeof range.start) =>
        a.line < b.line || (a.line === b.line && a.character <= b.character);
      assert.ok(inside(range.start, selectionRange.start) && inside(selectionRange.end, range.end));
      children.forEach(visit);
    };
    outline(parse(half)).forEach(visit);
  }
});

test("paths are links", () => {
  const parsed = parse(text);
  assert.deepEqual(
    fileLinks(parsed).map(({ path, range }) => [path, parsed.document.getText(range)]),
    [["d.csv", "d.csv"]],
  );
});

test("objects and lists fold; a selection grows from the word to the whole", () => {
  const parsed = parse(text);
  assert.deepEqual(
    foldingRanges(parsed)
      .map(({ startLine, endLine }) => [startLine, endLine])
      .sort(([a = 0], [b = 0]) => a - b),
    [
      [0, 8],
      [2, 6],
      [3, 5],
    ],
  );
  const [selection] = selectionRanges(parsed, [parsed.document.positionAt(text.indexOf("logits") + 2)]);
  assert.equal(parsed.document.getText(selection?.range), "logits");
});

test("formatting indents and spaces, and keeps the lines as they are", () => {
  const parsed = parse(`{ "a":[1,2],\n"b" : {"c":1} }`);
  const edits = format(parsed, { tabSize: 2, insertSpaces: true });
  assert.equal(applied(parsed.text, edits), `{ "a": [1, 2],\n  "b": { "c": 1 } }`);
});

test("formatting twice is formatting once, and comments stay where they are", () => {
  const ugly = `//top\n\n\n\n{"a" :{ }, /* b */"c":[ 1 ,\n2// two\n],}\n\n`;
  const once = formatted(ugly);
  assert.equal(once, `//top\n\n{ "a": {}, /* b */ "c": [1,\n    2 // two\n  ], }\n`);
  assert.equal(formatted(once), once);
});

test("what is not JSON is not formatted", () => {
  assert.deepEqual(format(parse(`{ "a" 1,   }`), { tabSize: 2, insertSpaces: true }), []);
});

const formatted = (text: string): string =>
  applied(text, format(parse(text), { tabSize: 2, insertSpaces: true }));

test("curves of stages stand behind their lists, each with its own part", () => {
  const staged = `{
  "losses": [{ "type": "kd" }],
  "stages": [
    { "name": "hint",
      "losses": [
        { "type": "hint", "student": "a", "teacher": "b" }] },
    { "name": "kd" }
  ]
}`;
  assert.deepEqual(
    anchors(parse(staged)).map(({ series, stage, range }) => [series, stage, range.start.line]),
    [
      ["loss", 0, 4],
      ["terms.hint.raw", 0, 5],
      ["loss", 1, 6],
    ],
  );
});

test("curves stand behind the losses", () => {
  const parsed = parse(text);
  assert.deepEqual(
    anchors(parsed).map(({ name, series, range }) => [name, series, range.start.line]),
    [
      ["losses", "loss", 8],
      ["soft", "terms.soft.raw", 8],
      ["ce", "terms.ce.raw", 8],
    ],
  );
  assert.deepEqual(
    anchors(parse(`{\n  "temperature": 3,\n  "alpha": 0.5\n}`)).map(({ name, range }) => [
      name,
      range.start.line,
    ]),
    [
      ["losses", 1],
      ["kd", 1],
      ["ce", 2],
    ],
  );
});
