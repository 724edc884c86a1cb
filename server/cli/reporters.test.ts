import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { reporterFor } from "./reporters.ts";

const evaluation = (step: number, accuracy: number, best: boolean): RunEvent => ({
  type: "evaluation",
  seq: 0,
  time: 0,
  step,
  epoch: step,
  split: "validation",
  metrics: { accuracy, nll: 1, ece: 0 },
  best,
});

const events: readonly RunEvent[] = [
  { type: "started", seq: 0, time: 0, runId: "a", mode: "start", step: 0, totalSteps: 30 } as RunEvent,
  { type: "phase", seq: 0, time: 0, phase: "train" } as RunEvent,
  evaluation(10, 0.5, true),
  evaluation(20, 0.75, true),
  evaluation(30, 0.625, false),
];

function shownBy(out: { isTTY?: boolean; columns?: number }): string {
  const stream = Object.assign(new PassThrough(), out);
  reporterFor({ name: "digits" }, { out: stream, err: stream }).take(events);
  return String(stream.read());
}

test("a dumb terminal gets the lines of a file", (context) => {
  const before = process.env["TERM"];
  context.after(() => {
    if (before === undefined) delete process.env["TERM"];
    else process.env["TERM"] = before;
  });
  process.env["TERM"] = "dumb";
  assert.equal(shownBy({ isTTY: true, columns: 120 }), shownBy({}));
});

test("a terminal has one line of progress with the last and the best evaluation, a file a line for each", () => {
  const live = shownBy({ isTTY: true, columns: 120 });
  assert.equal(live.split("\n").length, 2, live); // the start, and the line that moves
  assert.match(live.split("\r").at(-1) ?? "", /digits {2}.*acc 62\.5 % {2}best acc 75\.0 %/);
  const plain = shownBy({}).split("\n");
  assert.deepEqual(
    plain.filter((line) => line.startsWith("validation")).map((line) => /[\d.]+ %/.exec(line)?.[0]),
    ["50.00 %", "75.00 %", "62.50 %"],
  );
});
