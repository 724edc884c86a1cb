import assert from "node:assert/strict";
import { test } from "node:test";
import { installLine, LineReader } from "./lines.ts";

test("lines come whole, however the text was cut", () => {
  const text = '{"a":1}\n\n{"b":2}\r\n{"c":3}';
  for (const size of [1, 2, 5, text.length]) {
    const lines: string[] = [];
    const reader = new LineReader((line) => lines.push(line));
    for (let at = 0; at < text.length; at += size) reader.add(text.slice(at, at + size));
    assert.deepEqual(lines, ['{"a":1}', '{"b":2}'], `in pieces of ${size}`);
    reader.end();
    assert.deepEqual(lines, ['{"a":1}', '{"b":2}', '{"c":3}'], `in pieces of ${size}`);
    reader.end();
    assert.equal(lines.length, 3);
  }
});

test("each kind of report is read", () => {
  const reports = [
    { event: "progress", step: "fetch", what: "tensorflow-cpu 2.21.0, 274 MB", done: 0.5, overall: 0.2 },
    { event: "progress", step: "check", what: "examining this machine" },
    {
      event: "ready",
      kind: "cpu",
      folder: "/e",
      tensorflow: "2.21.0",
      unchanged: false,
      choice: "onnxruntime.",
    },
    { event: "error", code: "offline", message: "There was no connection.", hint: "", detail: "" },
  ];
  for (const report of reports) assert.deepEqual(installLine(JSON.stringify(report)), report);
});

test("what is no report, or half of one, is none", () => {
  const others = ["npm warn config", "", "{", "null", "[]", "3", '{"event":"other"}', '{"event":"ready"}'];
  for (const line of [
    ...others,
    '{"event":"error","code":"offline"}',
    '{"event":"progress","step":"fetch"}',
  ]) {
    assert.equal(installLine(line), undefined, line);
  }
});
