import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunState, RunSummary } from "../protocol.ts";
import { spreadOf } from "../statistics/spread.ts";
import { bestPoint, type MemberResult, resultsOf } from "../sweep/results.ts";
import { sweepTable } from "./sweepTable.ts";
import { settingsText } from "./wording.ts";

interface Came {
  readonly validation?: number;
  readonly nll?: number;
  readonly test?: number;
  readonly gap?: number;
  readonly gain?: number;
  readonly state?: RunState;
}

function member(runId: string, settings: Record<string, unknown>, came?: Came): MemberResult {
  if (came === undefined) return { runId, settings, summary: undefined };
  const { validation, nll, test, gap, gain, state = "completed" } = came;
  const summary: RunSummary = {
    id: runId,
    directory: `/runs/${runId}`,
    experiment: "/a.distill.json",
    name: "a",
    state,
    startedAt: "2026-01-01T00:00:00.000Z",
    elapsedSeconds: 2,
    step: 10,
    metrics: {
      ...(validation === undefined ? {} : { "validation.accuracy": validation }),
      ...(nll === undefined ? {} : { "validation.nll": nll }),
      ...(test === undefined ? {} : { "test.accuracy": test }),
      ...(gain === undefined ? {} : { "test.gain": gain }),
      ...(gap === undefined ? {} : { "validation.gapRecovered": gap }),
    },
  };
  return { runId, settings, summary };
}

test("mean and standard deviation of the sample", () => {
  // Mean 2; (1 + 0 + 1) / (3 − 1) = 1.
  const { interval, ...spread } = spreadOf([1, 2, 3]);
  assert.deepEqual(spread, { mean: 2, std: 1, count: 3 });
  // SciPy: t.ppf(0.975, 2) / √3 = 2.484.
  assert.deepEqual(
    interval?.map((end) => end.toFixed(3)),
    ["-0.484", "4.484"],
  );
  assert.deepEqual(spreadOf([5]), { mean: 5, count: 1 });
});

const grid = [
  member("1", { temperature: 1, seed: 1 }, { validation: 0.9, gap: 0.5 }),
  member("2", { temperature: 1, seed: 2 }, { validation: 0.8 }),
  member("3", { temperature: 4, seed: 1 }, { validation: 0.95, test: 0.7 }),
  member("4", { temperature: 4, seed: 2 }, { validation: 0.1, state: "failed" }),
  member("5", { temperature: 8, seed: 1 }),
  member("6", { temperature: 8, seed: 2 }),
];

test("a line for each combination, over the seeds that are done, the best on validation first", () => {
  assert.deepEqual(sweepTable(grid), [
    "temperature  done  validation accuracy  gap recovered on validation   time",
    "4             1/2              95.00 %                            –  2.0 s",
    "1             2/2       85.00 ± 7.07 %             50.00 % (1 of 2)  2.0 s",
    "8             0/2                    –                            –      –",
    "best on validation: temperature=4 (3)",
    "The test split was read for that one alone: accuracy 70.00 %",
  ]);
});

test("where the test split was read for all, the table says what choosing by it would be", () => {
  const all = [1, 4].map((temperature) =>
    member(`${temperature}`, { temperature }, { validation: 1 / temperature, test: 0.5 }),
  );
  assert.match(sweepTable(all)[0] ?? "", /validation accuracy {2}test accuracy/);
  assert.deepEqual(sweepTable(all).slice(-2), [
    "best on validation: temperature=1 (1)",
    "The test split was read for 2 combinations: selecting the best by it would be too optimistic.",
  ]);
});

test("without validation nothing is chosen, whatever the test split says", () => {
  const blind = [1, 4].map((temperature) => member(`${temperature}`, { temperature }, {}));
  const nothing =
    'No selection: the experiment has no validation. Hold samples out: "validation": { "split": 0.1 } in data.';
  assert.deepEqual(sweepTable(blind).slice(3), [nothing]);
  const tested = blind.map(({ runId, settings }) => member(runId, settings, { test: 0.5 }));
  assert.deepEqual(sweepTable(tested).slice(3), [
    nothing,
    "The test split was read for every combination: selecting the best by it would be too optimistic.",
  ]);
});

test("the best is chosen on validation, whatever the test split says", () => {
  assert.deepEqual(bestPoint(resultsOf(grid))?.settings, { temperature: 4 });
  assert.equal(bestPoint(resultsOf(grid.slice(4))), undefined);
});

test("of combinations that validation cannot tell apart the one with the lower NLL is the best", () => {
  const seed = [1, 2];
  const tied = (nlls: readonly number[]) =>
    nlls.flatMap((nll, temperature) =>
      // 0.1 + 0.2 and 0.15 + 0.15 differ in their last bit.
      seed.map((seed) =>
        member("", { temperature, seed }, { validation: temperature === 0 ? seed / 10 : 0.15, nll }),
      ),
    );
  for (const [nlls, best] of [
    [[0.3, 0.2, 0.4], 1],
    [[0.2, 0.3, 0.4], 0],
    [[0.3, 0.4, 0.2], 2],
    [[0.2, 0.2, 0.2], 0],
  ] as const)
    assert.deepEqual(bestPoint(resultsOf(tied(nlls)))?.settings, { temperature: best });
});

test("seeds alone are a line each, with what they come to together", () => {
  const seeds = [1, 2, 3].map((seed) => member(`${seed}`, { seed }, { validation: 0.5 + seed / 10 }));
  assert.deepEqual(sweepTable(seeds), [
    "            done  validation accuracy   time",
    "seed 1       1/1              60.00 %  2.0 s",
    "seed 2       1/1              70.00 %  2.0 s",
    "seed 3       1/1              80.00 %  2.0 s",
    "mean ± std   3/3      70.00 ± 10.00 %  2.0 s",
    "validation accuracy: 70.00 %, 95 % [45.16 %, 94.84 %], Student's t over 3 seeds",
  ]);
});

test("what several seeds gain has its interval, on test where that was read", () => {
  const seeds = (gains: readonly number[]) =>
    gains.map((gain, i) => member(`${i}`, { seed: i }, { validation: 0.5, test: 0.5 + i / 100, gain }));
  const shown = sweepTable(seeds([0.02, 0.03, 0.022]));
  assert.match(shown[0] ?? "", /gain on test/);
  assert.match(shown[4] ?? "", /\+2\.40 ± 0\.53 points/);
  assert.equal(
    shown.at(-1),
    "student − alone on test: +2.40 points, 95 % [+1.09, +3.71], Student's t over 3 seeds",
  );
  assert.equal(
    sweepTable(seeds([0.02, -0.03])).at(-1),
    "student − alone on test: −0.50 points over 2 seeds, too few for an interval",
  );
  assert.doesNotMatch(sweepTable(seeds([0.02])).join("\n"), /Student's t/);
  // A share is at most 1: t(0.975, 2) · s / √3 = 4.303 · 0.2309 / 1.732 = 0.574 around 0.867.
  const far = [0.6, 1, 1].map((test, seed) => member(`${seed}`, { seed }, { validation: 0.5, test }));
  assert.equal(
    sweepTable(far).at(-1),
    "test accuracy: 86.67 %, 95 % [29.30 %, 100.00 %], Student's t over 3 seeds",
  );
});

test("settings are written as --set takes them", () => {
  assert.equal(
    settingsText({ "student.hidden": [8, 4], "optimizer.type": "sgd", seed: 1 }),
    "student.hidden=[8,4] · optimizer.type=sgd · seed=1",
  );
});

test("students of several sizes: the front, and the smallest that is near its teacher", () => {
  const sized = (width: number, validation: number, teacher?: number): MemberResult => {
    const { summary, ...own } = member(`${width}`, { "student.hidden[0]": width }, { validation });
    const metrics = {
      ...summary?.metrics,
      ...(teacher === undefined ? {} : { "teacher.validation.accuracy": teacher }),
    };
    return { ...own, summary: { ...(summary as RunSummary), metrics, parameters: 100 * width } };
  };
  const table = (teacher?: number) => [
    sized(8, 0.9, teacher),
    sized(16, 0.97, teacher),
    sized(32, 0.96, teacher),
  ];
  assert.deepEqual(sweepTable(table(0.975), 1).slice(-4), [
    "Pareto front, size against validation accuracy:",
    "    800 parameters  90.00 %  student.hidden[0]=8",
    "  1,600 parameters  97.00 %  student.hidden[0]=16",
    "smallest within 1 point of the teacher (97.50 % on validation): student.hidden[0]=16, 1,600 parameters, 6.4 kB, 97.00 % (validation)",
  ]);
  const [small, good, large] = table(0.955) as [MemberResult, MemberResult, MemberResult];
  const tested = {
    ...large,
    summary: {
      ...(large.summary as RunSummary),
      latencyMs: 0.1234,
      metrics: { ...large.summary?.metrics, "validation.accuracy": 0.971, "test.accuracy": 0.95 },
    },
  };
  const near = {
    ...good,
    summary: {
      ...(good.summary as RunSummary),
      parameters: 10_250,
      latencyMs: 0.1234,
      metrics: { ...good.summary?.metrics, "test.accuracy": 0.96 },
    },
  };
  const read = sweepTable(
    [small, near, { ...tested, summary: { ...tested.summary, parameters: 20_000 } }],
    1.5,
  );
  assert.doesNotMatch(read[0] ?? "", /test/, "both are chosen");
  assert.deepEqual(
    [read[5], read.at(-1)],
    [
      "The test split was read for that one and the smallest good one alone: accuracy 95.00 %",
      "smallest within 1.5 points of the teacher (95.50 % on validation): student.hidden[0]=16, 10,250 parameters, 41 kB, 0.12 ms, 97.00 % (validation); test 96.00 %",
    ],
  );
  assert.equal(
    sweepTable(table(0.99), 1).at(-1),
    "No student is within 1 point of the teacher (99.00 % on validation).",
  );
  assert.equal(
    sweepTable(table(), 1).at(-1),
    "No teacher was measured on validation, so that no student is known to be within 1 point of the teacher.",
  );
});
