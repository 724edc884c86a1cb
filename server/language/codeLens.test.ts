import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../protocol.ts";
import { codeLenses, duration } from "./codeLens.ts";
import { parse } from "./parse.ts";

const run: RunSummary = {
  id: "2",
  directory: "/runs/2",
  experiment: "/a.distill.json",
  name: "a",
  state: "running",
  startedAt: "2026-01-01T00:00:00.000Z",
  elapsedSeconds: 3,
  phase: "train",
  step: 1240,
  totalSteps: 4690,
  etaSeconds: 12.3,
  metrics: {},
};

function check(runs: readonly RunSummary[], ...titles: string[]): void {
  test(titles.join(" | "), () => {
    const lenses = codeLenses(parse("// an experiment\n{}"), "file:///a.distill.json", runs);
    assert.deepEqual(
      lenses.map(({ command }) => command?.title),
      titles,
    );
    for (const { range } of lenses) assert.deepEqual(range.start, { line: 1, character: 0 });
  });
}

check([], "Run", "Check", "Compare");
check([run], "Stop · step 1\u202f240/4\u202f690 · 12 s left", "Show Charts");
check([{ ...run, step: 0, phase: "teacher" }], "Stop · teacher", "Show Charts");
check(
  [{ ...run, state: "interrupted" }],
  "Run",
  "Resume · interrupted at step 1\u202f240/4\u202f690",
  "Check",
  "Compare",
);
check([{ ...run, state: "completed" }], "Run", "Check", "Compare");
// An older run that was left behind is not what the next click should go on with.
check(
  [
    { ...run, id: "3", state: "completed" },
    { ...run, state: "stopped" },
  ],
  "Run",
  "Check",
  "Compare",
);

/** The titles behind `"teacher": teacher`, all of which stand at that key. */
function checkTeacher(teacher: string, runs: readonly RunSummary[], ...titles: string[]): void {
  test(`teacher ${teacher} with ${runs.length} runs: ${titles.join(" | ")}`, () => {
    const lenses = codeLenses(parse(`{\n  "teacher": ${teacher}\n}`), "file:///a.distill.json", runs);
    const own = lenses.filter(({ range }) => range.start.line === 1);
    assert.deepEqual(
      own.map(({ command }) => command?.title),
      titles,
    );
    for (const { range, command } of own) {
      assert.deepEqual(range, { start: { line: 1, character: 2 }, end: { line: 1, character: 11 } });
      assert.deepEqual(command?.arguments, ["file:///a.distill.json"]);
    }
  });
}

const layers = '{ "type": "layers", "layers": [] }';
const ofTeacher = { ...run, subject: "teacher", state: "completed" } as const;
checkTeacher('{ "type": "onnx", "path": "t.onnx" }', [], "Evaluate teacher");
checkTeacher('{ "type": "tfjs" }', [run], "Evaluate teacher");
checkTeacher(layers, [], "Train teacher");
checkTeacher(layers, [{ ...run, state: "completed" }], "Train teacher");
checkTeacher(layers, [ofTeacher], "Train teacher", "Evaluate teacher");
// One run after the other: a second trainer would only slow the first one down.
checkTeacher(layers, [run, ofTeacher]);
checkTeacher("{}", []);
checkTeacher("null", []);
checkTeacher("", []);

test("no lens without an experiment", () => {
  assert.deepEqual(codeLenses(parse(""), "untitled:1", []), []);
  assert.deepEqual(codeLenses(parse("[]"), "untitled:1", []), []);
});

test("durations are told as people do", () => {
  assert.deepEqual([0.4, 59, 185, 7800].map(duration), ["0 s", "59 s", "3 min 5 s", "2 h 10 min"]);
});
