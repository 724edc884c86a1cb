import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent, RunResult } from "../../schemas/run-event.gen.ts";
import { brief, grouped, percent, significant } from "../grouped.ts";
import { plainLines } from "./plainLines.ts";
import { progressLine } from "./progressLine.ts";
import { emptyView, type RunView, show } from "./runView.ts";
import { sparkline } from "./sparkline.ts";
import { summaryBlock } from "./summaryBlock.ts";
import { compact, duration, table } from "./wording.ts";

test("numbers as people read them", () => {
  assert.deepEqual([0.04, 9.96, 18.4, 200, 7500, 273_600, Number.NaN].map(duration), [
    "0.0 s",
    "10.0 s",
    "18 s",
    "3 min 20 s",
    "2 h 05 min",
    "3 d 4 h",
    "?",
  ]);
  assert.deepEqual([0, 999, 1000, 50_890, 1_234_567].map(grouped), [
    "0",
    "999",
    "1,000",
    "50,890",
    "1,234,567",
  ]);
  assert.deepEqual([950, 999.6, 12_345, 999_600].map(compact), ["950", "1.00k", "12.3k", "1.00M"]);
  assert.deepEqual(
    [0.9562, 1, null, undefined].map((share) => percent(share)),
    ["95.62 %", "100.00 %", "–", "–"],
  );
  assert.deepEqual([0.23456, 2, 0.00001234, 12_345, 0, null].map(significant), [
    "0.2346",
    "2.000",
    "1.23e-5",
    "12,345",
    "0",
    "not finite",
  ]);
  assert.deepEqual(
    [7.5, 0.0312, 0.1 + 0.2, 12_345].map((number) => brief(number)),
    ["7.5", "0.0312", "0.3", "12,345"],
  );
});

test("a table's columns are as wide as their widest cells", () => {
  assert.deepEqual(
    table(
      [
        ["a", "bb"],
        ["ccc", "d"],
      ],
      { alignRight: [1] },
    ),
    ["a    bb", "ccc   d"],
  );
  assert.deepEqual(table([]), []);
});

test("a sparkline scales between smallest and largest, averages what shares a bar, and leaves gaps", () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8), "▁▂▃▄▅▆▇█");
  assert.equal(sparkline([0, 0, 7, 7], 2), "▁█");
  assert.equal(sparkline([3, 3, 3], 8), "▁▁▁");
  assert.equal(sparkline([0, Number.NaN, 1], 8), "▁ █");
  assert.equal(sparkline([], 8), "");
  assert.equal(sparkline([Number.NaN], 8), " ");
});

let seq = 0;
function viewOf(...events: readonly object[]): RunView {
  const view = emptyView();
  for (const event of events) show(view, { seq: seq++, ...event } as RunEvent);
  return view;
}
const started = {
  time: 0,
  type: "started",
  runId: "r",
  mode: "start",
  step: 0,
  totalSteps: 200,
  plan: [
    { phase: "cache", total: 100, cost: 1 },
    { phase: "train", total: 200, cost: 2 },
    { phase: "train", subject: "studentAlone", total: 200, cost: 2 },
  ],
  parameters: { student: 50_890 },
  engine: "onnxruntime 1.30.0",
  device: "cpu",
};
const training = { time: 0, type: "phase", phase: "train" };
const step = (step: number) => ({
  time: step * 100,
  type: "step",
  step,
  epoch: step / 100,
  loss: 1 / step,
  terms: {},
  learningRate: 1,
  gradNorm: 1,
  stepMs: 1,
  dataMs: 0,
  samplesPerSecond: 12_345,
});
const evaluation = {
  time: 0,
  type: "evaluation",
  split: "validation",
  step: 9,
  epoch: 1,
  metrics: { accuracy: 0.956, nll: 0.2 },
  best: true,
};

test("the progress line says progress, loss, accuracy, rate, time left, and draws the loss", () => {
  const view = viewOf(started, training, ...[1, 2, 3, 50].map(step), evaluation);
  assert.equal(
    progressLine("mnist", view, 120),
    "mnist  ━━──────────────   12 %  50/200  loss 0.02000  █▄▃▁  best acc 95.6 %  12.3k samples/s  35 s left",
  );
});

test("what fits least goes first when the terminal is narrow; the line never breaks", () => {
  const view = viewOf(started, training, ...[1, 2, 3, 50].map(step), evaluation);
  assert.equal(
    progressLine("mnist", view, 79),
    "mnist   12 %  loss 0.02000  █▄▃▁  best acc 95.6 %  12.3k samples/s  35 s left",
  );
  for (let width = 0; width < 130; width++) assert.ok(progressLine("mnist", view, width).length <= width);
});

test("other phases say what is going on, and how far it is", () => {
  assert.equal(
    progressLine("a", viewOf({ time: 0, type: "phase", phase: "preflight" }), 80),
    "a  checking data and models",
  );
  const cache = viewOf(
    started,
    { time: 0, type: "phase", phase: "cache" },
    { time: 0, type: "progress", phase: "cache", done: 0, total: 100 },
    { time: 1000, type: "progress", phase: "cache", done: 50, total: 100 },
  );
  // 50 samples of a second; all of the cache costs a fifth of the whole.
  assert.equal(
    progressLine("a", cache, 80),
    "a  computing teacher outputs  ━───────   10 %  50/100  9.0 s left",
  );
  const alone = viewOf(
    started,
    { ...training, subject: "studentAlone" },
    { time: 0, type: "progress", phase: "train", subject: "studentAlone", done: 1, total: 4 },
  );
  assert.match(progressLine("a", alone, 80), /training the student alone/);
});

test("losses are thinned out, never forgotten, however long a run is", () => {
  const view = viewOf(started, training, ...Array.from({ length: 5000 }, (_, index) => step(index + 1)));
  assert.ok(view.losses.length <= 512 && view.losses.length > 200);
  assert.equal(view.losses[0], 1);
});

test("plain lines: one a phase, an evaluation, a warning, and every five seconds of steps", () => {
  const view = emptyView();
  const lineFor = plainLines(view);
  const events = [
    started,
    training,
    training,
    ...Array.from({ length: 200 }, (_, index) => step(index + 1)),
    evaluation,
    { time: 0, type: "warning", code: "w", message: "Odd." },
  ].map((event, seq) => ({ seq, ...event }) as RunEvent);
  const lines = events.flatMap((event) => {
    show(view, event);
    return lineFor(event) ?? [];
  });
  assert.deepEqual(lines.slice(0, 3), [
    "started: 200 steps, 50,890 parameters, onnxruntime 1.30.0, cpu",
    "training",
    " 12 %  50/200  loss 0.02000  12,345 samples/s  35 s left",
  ]);
  assert.deepEqual(lines.slice(-3), [
    " 50 %  200/200  loss 0.005000  12,345 samples/s  20 s left",
    "validation: accuracy 95.60 %, nll 0.2000 (best)",
    "warning: Odd. [w]",
  ]);
  assert.equal(lines.length, 8);
});

const result: RunResult = {
  runId: "r",
  steps: 1170,
  epochs: 10,
  seconds: 23.4,
  engine: "onnxruntime 1.30.0",
  device: "cpu",
  parameters: 50_890,
  teacherParameters: 1_234_567,
  test: { accuracy: 0.9562, nll: 0.151, ece: 0.0123 },
  teacher: { accuracy: 0.99, nll: 0.03, ece: 0.004 },
  baselines: { studentAlone: { accuracy: 0.93, nll: 0.24, ece: 0.02 } },
  gain: {
    split: "test",
    samples: 10_000,
    difference: 0.0262,
    interval: [0.019, 0.033],
    mcnemar: { b: 400, c: 138, p: 1e-10 },
  },
  gapRecovered: 0.4367,
  latencyMs: 0.031,
  costs: {
    teacher: { p50Ms: 0.2, p95Ms: 0.25 },
    student: { p50Ms: 0.031, p95Ms: 0.05, flops: 101_632 },
  },
};

test("the summary compares teacher, student and student alone", () => {
  assert.deepEqual(
    summaryBlock({
      name: "mnist",
      result,
      directory: ".distill/runs/a",
      files: ["best/weights.safetensors", "final/weights.safetensors"],
    }),
    [
      "mnist",
      "                 test accuracy      nll     ece  parameters",
      "  teacher              99.00 %  0.03000  0.40 %   1,234,567",
      "  student              95.62 %   0.1510  1.23 %      50,890",
      "  student alone        93.00 %   0.2400  2.00 %      50,890",
      "  student − alone: +2.62 points, 95 % [+1.90, +3.30], McNemar p < 0.001, of 10,000 test samples",
      "  gap recovered on test: 43.67 % of the teacher's lead over the student alone",
      "  1,170 steps, 10 epochs in 23 s on onnxruntime 1.30.0, cpu",
      "  a prediction: teacher 0.2 ms (p95 0.25); student 0.031 ms (p95 0.05), 102k FLOPs",
      "  .distill/runs/a: best/weights.safetensors",
    ],
  );
});

test("the summary says what each learned from where some samples have no label", () => {
  const samples = { labelled: 1800, unlabelled: 58_000 };
  const lines = summaryBlock({ name: "a", result: { ...result, samples }, directory: "d", files: [] });
  assert.ok(
    lines.includes(
      "  student: trained on 1,800 samples with labels and 58,000 without; alone on the 1,800, in as many steps",
    ),
    lines.join("\n"),
  );
});

test("a gain that may be chance is said to be none that these samples can show", () => {
  const text = (gain: Partial<RunResult["gain"]>) =>
    summaryBlock({
      name: "a",
      result: { ...result, gain: { ...(result.gain as NonNullable<RunResult["gain"]>), ...gain } },
      directory: "d",
      files: [],
    }).join("\n");
  const unsure = text({
    interval: [-0.002, 0.009],
    mcnemar: { b: 40, c: 33, p: 0.483 },
    split: "validation",
  });
  assert.match(
    unsure,
    /alone: no difference that these 10,000 validation samples can show: −0\.20 … \+0\.90 points, McNemar p 0\.48\n/,
  );
  assert.match(unsure, /43\.67 % of the teacher's lead over the student alone, within chance\n/);
  assert.match(
    text({ mcnemar: { b: 0, c: 0, p: 1 } }),
    /alone: none: both classify the same samples correctly, of 10,000/,
  );
});

test("a forest has trees in the summary, and no parameters", () => {
  const { teacherParameters: _, ...forest } = result;
  const teacherLearned = { trees: 100, treeNodes: 4312 };
  assert.match(
    summaryBlock({ name: "a", result: { ...forest, teacherLearned }, directory: "d", files: [] }).join("\n"),
    /teacher +99\.00 % .* 100 trees, 4,312 nodes\n/,
  );
  const stack = { ...result, teacherParameters: 42, teacherLearned };
  assert.match(
    summaryBlock({ name: "a", result: stack, directory: "d", files: [] }).join("\n"),
    /teacher +99\.00 % .* 42, 100 trees, 4,312 nodes\n/,
  );
});

test("the summary says so where the teacher leads by nothing, and needs neither test nor teacher", () => {
  assert.match(
    summaryBlock({ name: "a", result: { ...result, gapRecovered: null }, directory: "d", files: [] }).join(
      "\n",
    ),
    /the teacher is not measurably better/,
  );
  // A minus sign, as in the difference in the line before it.
  assert.match(
    summaryBlock({ name: "a", result: { ...result, gapRecovered: -0.1577 }, directory: "d", files: [] }).join(
      "\n",
    ),
    /gap recovered on test: −15\.77 %/,
  );
  const {
    test: _,
    teacher: __,
    baselines: ___,
    gapRecovered: ____,
    teacherParameters: _____,
    ...bare
  } = result;
  assert.match(
    summaryBlock({ name: "a", result: bare, directory: "d", files: [] }).join("\n"),
    /student +– +– +– +50,890/,
  );
});
