import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../protocol.ts";
import { codeLenses } from "./codeLens.ts";
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
check([run], "Stop", "step 1,240/4,690 · 12 s left", "Show Charts");
check(
  [{ ...run, step: 0, doing: "training the teacher", progress: 0.129 }],
  "Stop",
  "12 % · training the teacher · 12 s left",
  "Show Charts",
);
check([{ ...run, doing: "training" }], "Stop", "step 1,240/4,690 · 12 s left", "Show Charts");
check(
  [{ ...run, state: "interrupted" }],
  "Run",
  "Resume · interrupted at step 1,240/4,690",
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
      // What is text while a run goes on has no command.
      assert.deepEqual(command?.arguments, command?.command === "" ? undefined : ["file:///a.distill.json"]);
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
checkTeacher(layers, [run, ofTeacher], "Train teacher", "Evaluate teacher");
test("while a run goes on its teacher is left alone, and no line goes", () => {
  const [stop, progress, charts, train, evaluate] = codeLenses(
    parse(`{\n  "teacher": ${layers}\n}`),
    "file:///a.distill.json",
    [run, ofTeacher],
  ).map(({ command }) => command?.command);
  assert.deepEqual([progress, train, evaluate], ["", "", ""]);
  for (const pressed of [stop, charts]) assert.match(pressed ?? "", /^distill\./);
});

checkTeacher("{}", []);
checkTeacher("null", []);
checkTeacher("", []);

test("no lens without an experiment", () => {
  assert.deepEqual(codeLenses(parse(""), "untitled:1", []), []);
  assert.deepEqual(codeLenses(parse("[]"), "untitled:1", []), []);
});

/** Lenses of a text, each with the line that it stands on. */
function lensesOf(text: string, runs: readonly RunSummary[] = []): string[] {
  return codeLenses(parse(text), "file:///a.distill.json", runs).map(
    ({ range, command }) => `${range.start.line} ${command?.title}`,
  );
}

const swept = `{\n  "sweep": { "parameters": { "temperature": [1, 2, 4], "alpha": [0, 1] } },\n  "seeds": [1, 2]\n}`;
const sweep: RunSummary = {
  ...run,
  step: 3,
  totalSteps: 12,
  sweep: {
    total: 12,
    completed: 3,
    failed: 0,
    parameters: [],
    members: ["/runs/2-01", "/runs/2-02"],
    turn: 4,
  },
};
const member: RunSummary = {
  ...run,
  id: "2-04",
  directory: "/runs/2-04",
  member: { sweep: "/runs/2", index: 4, settings: {} },
};

test("a sweep says how many experiments it is, at its key and on top", () => {
  assert.deepEqual(lensesOf(swept), ["0 Run 12 experiments", "0 Check", "0 Compare", "1 Run 12 experiments"]);
  assert.deepEqual(lensesOf(`{ "seed": 1,\n  "seeds": [1, 2] }`).at(-1), "1 Run 2 experiments");
  assert.deepEqual(lensesOf(`{\n  "sweep": { "parameters": {} }\n}`), ["0 Run", "0 Check", "0 Compare"]);
});

test("while a sweep trains, its progress is told and not that of each run", () => {
  assert.deepEqual(lensesOf(swept, [member, sweep]), [
    "0 Stop",
    "0 run 4 of 12 · 12 s left",
    "0 Show Charts",
    "1 Run 12 experiments",
  ]);
  assert.equal(
    lensesOf(swept, [
      { ...member, state: "completed" },
      { ...sweep, state: "stopped" },
    ])[1],
    "0 Resume · stopped with 3 of 12 runs",
  );
});
